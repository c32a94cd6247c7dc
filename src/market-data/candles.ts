import { periodStart, type Timeframe } from './timeframe.ts'

/**
 * Candles as columns of equal length, in time order. `timestamp` is each bar's open, UTC in ms (whole numbers). The
 * columns may lie in shared memory.
 */
export type Candles = {
  readonly timestamp: Float64Array
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  readonly volume: Float64Array
}

export const CANDLE_COLUMNS = ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const

/** Room for `length` bars, all zero. */
export function emptyCandles(length: number): Candles {
  const column = () => new Float64Array(length)
  return {
    timestamp: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  }
}

/** Bars `from` to before `to`, as a view of the same memory. */
export function sliceCandles(candles: Candles, from: number, to: number): Candles {
  return {
    timestamp: candles.timestamp.subarray(from, to),
    open: candles.open.subarray(from, to),
    high: candles.high.subarray(from, to),
    low: candles.low.subarray(from, to),
    close: candles.close.subarray(from, to),
    volume: candles.volume.subarray(from, to),
  }
}

/** First bar that opens at or after `time`; the number of bars where none does. */
export function firstBarFrom({ timestamp }: Candles, time: number): number {
  return firstFrom(timestamp, time, 0, timestamp.length)
}

/** Place of the first of rising times, from `low` to before `high`, that is not before `time`; `high` where none is. */
function firstFrom(times: Float64Array, time: number, low: number, high: number): number {
  let [first, end] = [low, high]
  while (first < end) {
    const middle = (first + end) >>> 1
    if ((times[middle] as number) < time) first = middle + 1
    else end = middle
  }
  return first
}

/** The same from `low` on, quick where it is near: it is looked for 1, 2, 4, … places further. */
export function nextFrom(times: Float64Array, time: number, low: number): number {
  let [from, step] = [low, 1]
  while (from + step < times.length && (times[from + step] as number) < time) {
    from += step
    step *= 2
  }
  return firstFrom(times, time, from, Math.min(from + step, times.length))
}

/** The same history in a larger timeframe: one bar for each period that has any. */
export function resample(candles: Candles, timeframe: Timeframe): Candles {
  const result = sharedCandles(countPeriods(candles.timestamp, timeframe))
  let count = 0
  let period = Number.NaN
  for (let bar = 0; bar < candles.timestamp.length; bar++) {
    const start = periodStart(candles.timestamp[bar] as number, timeframe)
    if (start === period) widen(result, count - 1, candles, bar)
    else begin(result, count++, candles, bar, start)
    period = start
  }
  return result
}

function countPeriods(times: Float64Array, timeframe: Timeframe): number {
  let count = 0
  let period = Number.NaN
  for (const time of times) {
    const start = periodStart(time, timeframe)
    if (start !== period) count++
    period = start
  }
  return count
}

/** Make room for bars in one piece of shared memory, so that a thread gets them without a copy. */
function sharedCandles(bars: number): Candles {
  const memory = new SharedArrayBuffer(6 * bars * 8)
  const column = (index: number) => new Float64Array(memory, index * bars * 8, bars)
  return {
    timestamp: column(0),
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    volume: column(5),
  }
}

function begin(to: Candles, at: number, from: Candles, bar: number, start: number) {
  to.timestamp[at] = start
  to.open[at] = from.open[bar] as number
  to.high[at] = from.high[bar] as number
  to.low[at] = from.low[bar] as number
  to.close[at] = from.close[bar] as number
  to.volume[at] = from.volume[bar] as number
}

function widen(to: Candles, at: number, from: Candles, bar: number) {
  to.high[at] = Math.max(to.high[at] as number, from.high[bar] as number)
  to.low[at] = Math.min(to.low[at] as number, from.low[bar] as number)
  to.close[at] = from.close[bar] as number
  to.volume[at] = (to.volume[at] as number) + (from.volume[bar] as number)
}
