import { ln } from '../../numerics/ln.ts'
import { rollingMean } from './rolling-mean.ts'
import { rollingSquares } from './rolling-variance.ts'

/** ln of a over b, as long as a. */
export function logRatios(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, bar) => ln(value / (b[bar] as number)))
}

/** Variance with ddof 1 of the last `length` values. */
export function sampleVariance(source: Float64Array, length: number): Float64Array {
  const squares = new Float64Array(source.length)
  rollingSquares(source, length, new Float64Array(source.length), squares)
  return squares.map((sum) => sum / (length - 1))
}

export function driftlessVariances(
  open: Float64Array,
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
): Float64Array {
  const variances = new Float64Array(close.length)
  for (let bar = 0; bar < variances.length; bar++) {
    const first = open[bar] as number
    const last = close[bar] as number
    const up = ln((high[bar] as number) / last) * ln((high[bar] as number) / first)
    variances[bar] = up + ln((low[bar] as number) / last) * ln((low[bar] as number) / first)
  }
  return variances
}

/** From variances of single bars to the volatility over `length` of them. */
export function annualRoot(
  variances: Float64Array,
  [length, annual]: [number, number],
  out: Float64Array,
): void {
  rollingMean(variances, length, out)
  for (let bar = length - 1; bar < out.length; bar++) {
    out[bar] = 100 * Math.sqrt((out[bar] as number) * annual)
  }
}
