import type { Column, Indicator } from './indicator.ts'
import { rollingSquares } from './kernels/rolling-variance.ts'
import { alphaOf, exponentialAverage } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

type Parameters = [length: number, smooth: number]

export const rvi: Indicator = {
  name: 'rvi',
  title: 'Relative volatility index',
  category: 'volatility',
  inputs: ['source'],
  parameters: [bars('length', 10, { min: 2 }), bars('smooth', 14)],
  outputs: ['rvi'],
  definition:
    '100·U / (U + D), the ema(smooth) of the standard deviation (ddof 0) of `length` bars where the source rose, and ' +
    'where it did not. 50 where there is none.',
  reference: 'TradingView Relative Volatility Index, TA-Lib STDDEV and EMA',
  warmUpFormula: 'length + smooth − 2',
  warmUp: ([length, smooth]: Parameters) => length + smooth - 2,
  settle: ([, smooth]: Parameters) => settleOf(alphaOf(smooth)),
  compute([source]: [Column], [length, smooth]: Parameters, [out]: [Column]) {
    const [rises, falls] = deviationsByDirection(source, length)
    const fallen = new Float64Array(out.length)
    const start = length - 1
    exponentialAverage(rises.subarray(start), smooth, alphaOf(smooth), out.subarray(start))
    exponentialAverage(falls.subarray(start), smooth, alphaOf(smooth), fallen.subarray(start))
    for (let bar = start + smooth - 1; bar < out.length; bar++) {
      const rise = out[bar] as number
      const all = rise + (fallen[bar] as number)
      out[bar] = all === 0 ? 50 : 100 * (rise / all)
    }
  },
}

/** Standard deviations at the bars where the source rose, and at those where it did not; 0 at the others. */
function deviationsByDirection(source: Column, length: number): [rises: Column, falls: Column] {
  const rises = new Float64Array(source.length)
  const falls = new Float64Array(source.length)
  rollingSquares(source, length, falls, rises)
  for (let bar = length - 1; bar < source.length; bar++) {
    const deviation = Math.sqrt((rises[bar] as number) / length)
    const hasRisen = (source[bar] as number) > (source[bar - 1] as number)
    rises[bar] = hasRisen ? deviation : 0
    falls[bar] = hasRisen ? 0 : deviation
  }
  return [rises, falls]
}
