import { percent } from './ratio.ts'
import { rollingMaximum, rollingMinimum } from './rolling-extremes.ts'

/** Where a value lies between the lowest and the highest of the last `length` bars, in percent; 0 without a range. */
export function stochastic(
  source: Float64Array,
  high: Float64Array,
  low: Float64Array,
  length: number,
  out: Float64Array,
): void {
  const lowest = new Float64Array(low.length)
  rollingMaximum(high, length, out)
  rollingMinimum(low, length, lowest)
  for (let bar = length - 1; bar < out.length; bar++) {
    const bottom = lowest[bar] as number
    out[bar] = percent((source[bar] as number) - bottom, (out[bar] as number) - bottom)
  }
}
