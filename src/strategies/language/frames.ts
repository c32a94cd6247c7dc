import { nextGap } from '../../indicators/apply-indicator.ts'
import { type Candles, resample, sliceCandles } from '../../market-data/candles.ts'
import { periodEnd, type Timeframe } from '../../market-data/timeframe.ts'

/** Bars that expressions are computed on. */
export type Frame = {
  candles: Candles
  timeframe: Timeframe
  length: number
}

/** Bars of a larger timeframe, and which of them is the newest that each base bar may know; -1 for none. */
export type LargerFrame = Frame & { visible: Int32Array }

export function baseFrame(candles: Candles, timeframe: Timeframe): Frame {
  return { candles, timeframe, length: candles.timestamp.length }
}

/** Columns of candles, which nobody writes into, that were found to be finite from end to end. */
const WHOLE = new WeakSet<Float64Array>()

/** Whether a column of candles is finite from end to end. */
export function isWhole(column: Float64Array): boolean {
  if (!WHOLE.has(column) && nextGap(column, 0, column.length) === column.length) WHOLE.add(column)
  return WHOLE.has(column)
}

/**
 * The bars of a larger timeframe. A first one that the beginning of the data cuts off does not exist. The last one may
 * not be over yet; then nothing sees it. A bar is seen from the first base bar on that closes at or after its end.
 */
export function largerFrame({ candles, timeframe: base }: Frame, timeframe: Timeframe): LargerFrame {
  const all = resample(candles, timeframe)
  const isCut = all.timestamp[0] !== candles.timestamp[0]
  const larger = sliceCandles(all, isCut ? 1 : 0, all.timestamp.length)
  return {
    candles: larger,
    timeframe,
    length: larger.timestamp.length,
    visible: newestVisible(candles.timestamp, base, larger.timestamp, timeframe),
  }
}

function newestVisible(
  opens: Float64Array,
  base: Timeframe,
  starts: Float64Array,
  larger: Timeframe,
): Int32Array {
  const visible = new Int32Array(opens.length)
  let newest = -1
  const endOf = (bar: number) =>
    bar < starts.length ? periodEnd(starts[bar] as number, larger) : Number.POSITIVE_INFINITY
  let nextEnd = endOf(0)
  for (let i = 0; i < opens.length; i++) {
    const close = periodEnd(opens[i] as number, base)
    while (nextEnd <= close) {
      newest += 1
      nextEnd = endOf(newest + 1)
    }
    visible[i] = newest
  }
  return visible
}

/** First base bar that knows a bar of the larger timeframe; the number of base bars where none does. */
export function firstVisible({ visible }: LargerFrame, bar: number): number {
  const first = visible.findIndex((newest) => newest >= bar)
  return first < 0 ? visible.length : first
}
