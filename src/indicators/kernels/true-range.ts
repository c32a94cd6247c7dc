import { rollingSum } from './rolling-mean.ts'
import { exponentialAverage } from './smoothing.ts'

/** Largest of the bar's range and the distances of its extremes from the close before; from bar 1 on. */
export function trueRange(
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  out: Float64Array,
): void {
  for (let bar = 1; bar < close.length; bar++) {
    const before = close[bar - 1] as number
    out[bar] = Math.max(high[bar] as number, before) - Math.min(low[bar] as number, before)
  }
}

/** Wilder's average of the true range, from bar `length` on. */
export function averageTrueRange(
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  length: number,
  out: Float64Array,
): void {
  const ranges = new Float64Array(close.length)
  trueRange(high, low, close, ranges)
  exponentialAverage(ranges.subarray(1), length, 1 / length, out.subarray(1))
}

/** Sum of the last `length` true ranges, from bar `length` on. */
export function sumOfRanges(
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  length: number,
): Float64Array {
  const ranges = new Float64Array(close.length)
  const sums = new Float64Array(close.length)
  trueRange(high, low, close, ranges)
  rollingSum(ranges.subarray(1), length, sums.subarray(1))
  return sums
}
