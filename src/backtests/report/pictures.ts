import type { Trade } from '../../engine/outcome.ts'
import { candlePaths } from './candle-paths.ts'
import {
  across,
  chart,
  fixed,
  linePath,
  type Range,
  rangeOf,
  timeScale,
  valueScale,
  widest,
} from './chart.ts'
import { axisText, percent } from './number-texts.ts'
import type { Profits } from './report-trades.ts'
import type { ShownCurve } from './shown-curve.ts'
import type { ShownPrices } from './shown-prices.ts'
import { MOST_MARKS, tradeMarks } from './trade-marks.ts'

/** Of candles and trades; a single price far off, as flash crashes make it, does not squeeze all the others. */
function rangeOfPrices({ candles, bodies }: ShownPrices, trades: readonly Trade[]): Range {
  const fills = Float64Array.from(trades.flatMap(({ entryPrice, exitPrice }) => [entryPrice, exitPrice]))
  const usual = widest(bodies, rangeOf([fills]))
  const whole = rangeOf([candles.low, candles.high])
  const FAR = 1.5
  return {
    low: Math.min(usual.low, Math.max(whole.low, usual.low / FAR)),
    high: Math.max(usual.high, Math.min(whole.high, usual.high * FAR)),
  }
}

/** Candles with the trades on them, unless those are too many. */
export function pricePicture(
  prices: ShownPrices,
  trades: readonly Trade[],
  { label, height = 340 }: { label: string; height?: number },
): string {
  const marked = trades.length > MOST_MARKS ? [] : trades
  const x = timeScale(prices.from, prices.to)
  const y = valueScale(rangeOfPrices(prices, marked), height)
  return chart({
    ...{ label, height, x, y, labelOf: axisText },
    lines: candlePaths(prices.candles, prices.width, x, y),
    marks: tradeMarks(marked, prices.length, x, y),
  })
}

/** The account's equity beside that of buying and holding, and where the strategy was no longer fitted. */
export function equityPicture(
  { from, to, equity, buyAndHold }: ShownCurve,
  initialCapital: number,
  fromOutOfSample: number | null,
): string {
  const height = 260
  const x = timeScale(from, to)
  const y = valueScale(rangeOf([equity[1], buyAndHold[1], Float64Array.of(initialCapital)]), height)
  const start = fixed(y.place(initialCapital))
  const border = fromOutOfSample === null ? '' : across(x.place(fromOutOfSample))
  const split =
    border === ''
      ? ''
      : `<line class="split" x1="${border}" x2="${border}" y2="${height}"/><text class="axis" x="${border}" dx="5" y="12">out of sample</text>`
  return chart({
    ...{ label: 'Equity and buy and hold', height, x, y, labelOf: axisText },
    lines: `<path class="line hold" d="${linePath(...buyAndHold, x, y)}"/><path class="line equity" d="${linePath(...equity, x, y)}"/>`,
    marks: `<line class="start" x2="100%" y1="${start}" y2="${start}"/>${split}`,
  })
}

/** How far below its peak the equity was. */
export function drawdownPicture({ from, to, depth }: ShownCurve): string {
  const height = 120
  const { low } = rangeOf([depth[1], Float64Array.of(-0.001)])
  const x = timeScale(from, to)
  const y = valueScale({ low, high: 0 }, height)
  const zero = fixed(y.place(0))
  const area = `M${fixed(x.place(x.from))} ${zero}${linePath(...depth, x, y).replace('M', 'L')}L${fixed(x.place(x.to))} ${zero}z`
  return chart({
    ...{ label: 'Drawdown', height, x, y, labelOf: percent },
    lines: `<path class="depth" d="${area}"/>`,
  })
}

/** What trades won and lost in each stretch of time, however many there are. */
export function profitsPicture({ from, to, won, lost }: Profits): string {
  const height = 130
  const x = timeScale(from, to)
  const y = valueScale(rangeOf([won, lost]), height)
  const width = 1_000 / won.length
  const bars = (sums: Float64Array) =>
    Array.from(sums, (sum, at) =>
      sum === 0
        ? ''
        : `M${fixed((at + 0.1) * width)} ${fixed(y.place(0))}V${fixed(y.place(sum))}h${fixed(width * 0.8)}V${fixed(y.place(0))}z`,
    ).join('')
  const zero = fixed(y.place(0))
  return chart({
    ...{ label: 'Profits and losses of trades', height, x, y, labelOf: axisText },
    lines: `<path class="won" d="${bars(won)}"/><path class="lost" d="${bars(lost)}"/>`,
    marks: `<line class="start" x2="100%" y1="${zero}" y2="${zero}"/>`,
  })
}
