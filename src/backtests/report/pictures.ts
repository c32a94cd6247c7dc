import type { Trade } from '../../engine/outcome.ts'
import type { Candles } from '../../market-data/candles.ts'
import { bucketCandles } from './candle-buckets.ts'
import { candlePaths } from './candle-paths.ts'
import { across, chart, fixed, linePath, rangeOf, type Scale, timeScale, valueScale } from './chart.ts'
import { axisText, percent } from './number-texts.ts'
import { tradeMarks } from './trade-marks.ts'

/** More marks than these would hide the price and one another. */
const MOST_MARKS = 120
const MOST_CANDLES = 420

/** Equity at times: days' ends, or closes of bars. */
export type Curve = { time: Float64Array; equity: Float64Array; buyAndHold: Float64Array }

/** Candles of the run, and how long each is in ms. */
export type Prices = { candles: Candles; length: number }

export function isUnmarked(trades: readonly Trade[]): boolean {
  return trades.length > MOST_MARKS
}

/** Of candles and trades; a single price far off, as flash crashes make it, does not squeeze all the others. */
function rangeOfPrices({ low, high, open, close }: Candles, trades: readonly Trade[]) {
  const fills = Float64Array.from(trades.flatMap(({ entryPrice, exitPrice }) => [entryPrice, exitPrice]))
  const usual = rangeOf([open, close, fills])
  const whole = rangeOf([low, high])
  const FAR = 1.5
  return {
    low: Math.min(usual.low, Math.max(whole.low, usual.low / FAR)),
    high: Math.max(usual.high, Math.min(whole.high, usual.high * FAR)),
  }
}

/** Candles with the trades on them, at most so many candles: neighbours are made into one. */
export function pricePicture(
  { candles, length }: Prices,
  trades: readonly Trade[],
  { label, height = 340, most = MOST_CANDLES }: { label: string; height?: number; most?: number },
): string {
  const shown = bucketCandles(candles, most)
  const size = Math.max(1, Math.ceil(candles.timestamp.length / most))
  const marked = isUnmarked(trades) ? [] : trades
  const { timestamp } = candles
  const x = timeScale(timestamp[0] as number, (timestamp.at(-1) as number) + length)
  const y = valueScale(rangeOfPrices(candles, marked), height)
  return chart({
    ...{ label, height, x, y, labelOf: axisText },
    lines: candlePaths(shown, length * size, x, y),
    marks: tradeMarks(marked, length, x, y),
  })
}

/** Of each stretch of a curve the lowest and the highest point, so that no peak and no depth is lost. */
function thinned(times: Float64Array, values: Float64Array): [Float64Array, Float64Array] {
  const MOST_STRETCHES = 500
  const size = Math.ceil(times.length / MOST_STRETCHES)
  if (size <= 2) return [times, values]
  const kept: number[] = []
  for (let from = 0; from < times.length; from += size) {
    let [low, high] = [from, from]
    for (let at = from; at < Math.min(from + size, times.length); at++) {
      if ((values[at] as number) < (values[low] as number)) low = at
      if ((values[at] as number) > (values[high] as number)) high = at
    }
    kept.push(Math.min(low, high), Math.max(low, high))
  }
  kept.push(times.length - 1)
  const pick = (column: Float64Array) => Float64Array.from(kept, (at) => column[at] as number)
  return [pick(times), pick(values)]
}

function curvePath(times: Float64Array, values: Float64Array, x: Scale, y: Scale): string {
  return linePath(...thinned(times, values), x, y)
}

const ends = ({ time }: Curve): [number, number] => [time[0] as number, time.at(-1) as number]

/** The account's equity beside that of buying and holding, and where the strategy was no longer fitted. */
export function equityPicture(curve: Curve, initialCapital: number, fromOutOfSample: number | null): string {
  const height = 260
  const { time, equity, buyAndHold } = curve
  const x = timeScale(...ends(curve))
  const y = valueScale(rangeOf([equity, buyAndHold, Float64Array.of(initialCapital)]), height)
  const start = fixed(y.place(initialCapital))
  const border = fromOutOfSample === null ? '' : across(x.place(fromOutOfSample))
  const split =
    border === ''
      ? ''
      : `<line class="split" x1="${border}" x2="${border}" y2="${height}"/><text class="axis" x="${border}" dx="5" y="12">out of sample</text>`
  return chart({
    ...{ label: 'Equity and buy and hold', height, x, y, labelOf: axisText },
    lines: `<path class="line hold" d="${curvePath(time, buyAndHold, x, y)}"/><path class="line equity" d="${curvePath(time, equity, x, y)}"/>`,
    marks: `<line class="start" x2="100%" y1="${start}" y2="${start}"/>${split}`,
  })
}

/** How far below its peak the equity was. */
export function drawdownPicture(curve: Curve, initialCapital: number): string {
  const height = 120
  let peak = initialCapital
  const depth = curve.equity.map((value) => {
    peak = Math.max(peak, value)
    return (value - peak) / peak
  })
  const { low } = rangeOf([depth, Float64Array.of(-0.001)])
  const x = timeScale(...ends(curve))
  const y = valueScale({ low, high: 0 }, height)
  const zero = fixed(y.place(0))
  const area = `M${fixed(x.place(x.from))} ${zero}${curvePath(curve.time, depth, x, y).replace('M', 'L')}L${fixed(x.place(x.to))} ${zero}z`
  return chart({
    ...{ label: 'Drawdown', height, x, y, labelOf: percent },
    lines: `<path class="depth" d="${area}"/>`,
  })
}

/** What trades won and lost in each stretch of time, by their ends: however many there are. */
export function profitsPicture(trades: readonly Trade[], from: number, to: number): string {
  const [height, stretches] = [130, 160]
  const won = new Float64Array(stretches)
  const lost = new Float64Array(stretches)
  for (const { exitTime, netProfit } of trades) {
    const at = Math.min(stretches - 1, Math.floor(((exitTime - from) / (to - from)) * stretches))
    if (netProfit > 0) won[at] = (won[at] as number) + netProfit
    else lost[at] = (lost[at] as number) + netProfit
  }
  const x = timeScale(from, to)
  const y = valueScale(rangeOf([won, lost]), height)
  const width = 1_000 / stretches
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
