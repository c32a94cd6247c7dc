import { ratio } from './ratio.ts'

/** Volume of each bar, from -1 to 1 times, by where the close lies between low and high; 0 without a range. */
export function moneyFlow(
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  volume: Float64Array,
): Float64Array {
  const flow = new Float64Array(close.length)
  for (let bar = 0; bar < flow.length; bar++) {
    const top = high[bar] as number
    const bottom = low[bar] as number
    const last = close[bar] as number
    flow[bar] = ratio(last - bottom - (top - last), top - bottom) * (volume[bar] as number)
  }
  return flow
}

/** Sum of all values up to each bar. */
export function runningSum(source: Float64Array, out: Float64Array): void {
  let sum = 0
  for (let bar = 0; bar < out.length; bar++) {
    sum += source[bar] as number
    out[bar] = sum
  }
}
