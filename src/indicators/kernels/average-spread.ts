import { alphaOf, exponentialAverage } from './smoothing.ts'

/**
 * Fast minus slow exponential average from bar `slow - 1` on. `late` is the bar at which the fast one begins to read.
 */
export function averageSpread(
  source: Float64Array,
  fast: number,
  slow: number,
  out: Float64Array,
  late = 0,
): void {
  const slowAverage = new Float64Array(source.length)
  exponentialAverage(source, slow, alphaOf(slow), slowAverage)
  exponentialAverage(source.subarray(late), fast, alphaOf(fast), out.subarray(late))
  for (let bar = slow - 1; bar < out.length; bar++) {
    out[bar] = (out[bar] as number) - (slowAverage[bar] as number)
  }
  out.fill(Number.NaN, 0, slow - 1)
}
