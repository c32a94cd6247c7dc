import type { Trade } from '../../engine/outcome.ts'
import type { Candles } from '../../market-data/candles.ts'
import type { DailyCurve } from '../run-output.ts'
import { bucketCandles } from './candle-buckets.ts'
import { axes, type Frame, linePath, rangeOf, type Scale, scaleOf } from './chart.ts'
import { money, percent, price } from './number-texts.ts'

const WIDTH = 1_120
const SIDES = { left: 8, right: 84, top: 10, bottom: 26 }
/** More marks than these would hide the price. */
const MOST_MARKS = 600
const MOST_CANDLES = 560

function endsOf(times: Float64Array): [number, number] {
  return [times[0] as number, times.at(-1) as number]
}

function frameOf(height: number): Frame {
  return { width: WIDTH, height, ...SIDES }
}

function scales(frame: Frame, from: number, to: number, low: number, high: number): { x: Scale; y: Scale } {
  return {
    x: scaleOf(from, to, frame.left, frame.width - frame.right),
    y: scaleOf(low, high, frame.height - frame.bottom, frame.top),
  }
}

function svg({ width, height }: Frame, label: string, content: string): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${content}</svg>`
}

/** Bodies and wicks, rising and falling, as two paths each. */
function candlePaths(candles: Candles, x: Scale, y: Scale, step: number): string {
  const paths = { rise: { wick: '', body: '' }, fall: { wick: '', body: '' } }
  const half = Math.max(0.5, step * 0.35)
  for (let at = 0; at < candles.timestamp.length; at++) {
    const [open, close] = [candles.open[at] as number, candles.close[at] as number]
    const middle = x.place(candles.timestamp[at] as number) + step / 2
    const path = close >= open ? paths.rise : paths.fall
    const [top, bottom] = [y.place(Math.max(open, close)), y.place(Math.min(open, close))]
    const height = Math.max(1, bottom - top)
    path.wick += `M${middle.toFixed(1)} ${y.place(candles.high[at] as number).toFixed(1)}V${y.place(candles.low[at] as number).toFixed(1)}`
    path.body += `M${(middle - half).toFixed(1)} ${top.toFixed(1)}h${(2 * half).toFixed(1)}v${height.toFixed(1)}h-${(2 * half).toFixed(1)}z`
  }
  return (['rise', 'fall'] as const)
    .map(
      (way) =>
        `<path class="wick ${way}" d="${paths[way].wick}"/><path class="body ${way}" d="${paths[way].body}"/>`,
    )
    .join('')
}

function tradeMarks(trades: readonly Trade[], x: Scale, y: Scale): string {
  return trades
    .map(({ side, entryTime, exitTime, entryPrice, exitPrice, netProfit }) => {
      const [x1, y1] = [x.place(entryTime).toFixed(1), y.place(entryPrice).toFixed(1)]
      const [x2, y2] = [x.place(exitTime).toFixed(1), y.place(exitPrice).toFixed(1)]
      const won = netProfit > 0 ? 'won' : 'lost'
      const arrow = side === 'long' ? 'm-5 9l5-9l5 9z' : 'm-5-9l5 9l5-9z'
      return `<line class="held ${won}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/><path class="entry ${side}" d="M${x1} ${y1}${arrow}"/><circle class="exit ${won}" cx="${x2}" cy="${y2}" r="3.2"/>`
    })
    .join('')
}

/** Candles with the trades on them: where each began, where it ended, and whether it won. */
export function pricePicture(candles: Candles, trades: readonly Trade[], label: string): string {
  const frame = frameOf(360)
  const shown = bucketCandles(candles, MOST_CANDLES)
  const { low, high } = rangeOf([shown.low, shown.high])
  const from = shown.timestamp[0] as number
  const to = candles.timestamp.at(-1) as number
  const { x, y } = scales(frame, from, to, low, high)
  const step = (frame.width - frame.left - frame.right) / shown.timestamp.length
  const marked = trades.length > MOST_MARKS ? [] : trades
  const content = axes(frame, x, y, price) + candlePaths(shown, x, y, step) + tradeMarks(marked, x, y)
  return svg(frame, label, content)
}

export function isUnmarked(trades: readonly Trade[]): boolean {
  return trades.length > MOST_MARKS
}

/** The account's equity beside that of buying and holding. */
export function equityPicture({ day, equity, buyAndHold }: DailyCurve): string {
  const frame = frameOf(280)
  const { low, high } = rangeOf([equity, buyAndHold])
  const { x, y } = scales(frame, ...endsOf(day), low, high)
  const content = `${axes(frame, x, y, money)}<path class="line hold" d="${linePath(day, buyAndHold, x, y)}"/><path class="line equity" d="${linePath(day, equity, x, y)}"/>`
  return svg(frame, 'Equity and buy and hold', content)
}

/** How far below its peak the equity was. */
export function drawdownPicture({ day, equity }: DailyCurve, initialCapital: number): string {
  const frame = frameOf(150)
  let peak = initialCapital
  const depth = equity.map((value) => {
    peak = Math.max(peak, value)
    return (value - peak) / peak
  })
  const lowest = Math.min(-0.001, ...depth)
  const { x, y } = scales(frame, ...endsOf(day), lowest * 1.05, 0)
  const [start, end] = endsOf(day).map((time) => x.place(time).toFixed(1))
  const area = `${linePath(day, depth, x, y)}L${end} ${y.place(0)}L${start} ${y.place(0)}z`
  return svg(frame, 'Drawdown', `${axes(frame, x, y, percent)}<path class="depth" d="${area}"/>`)
}
