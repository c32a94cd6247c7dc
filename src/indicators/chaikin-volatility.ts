import type { Column, Indicator } from './indicator.ts'
import { rateOfChange } from './kernels/rate-of-change.ts'
import { alphaOf, exponentialAverage } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

type Parameters = [length: number, change: number]

export const chaikinVolatility: Indicator = {
  name: 'chaikin_volatility',
  title: 'Chaikin volatility',
  category: 'volatility',
  inputs: ['high', 'low'],
  parameters: [bars('length', 10), bars('change', 10)],
  outputs: ['chaikin_volatility'],
  definition: 'roc(ema(high − low, length), change).',
  reference: 'Marc Chaikin, TA-Lib EMA and ROC',
  warmUpFormula: 'length − 1 + change',
  warmUp: ([length, change]: Parameters) => length - 1 + change,
  settle: ([length]: Parameters) => settleOf(alphaOf(length)),
  compute([high, low]: [Column, Column], [length, change]: Parameters, [out]: [Column]) {
    const ranges = high.map((value, bar) => value - (low[bar] as number))
    const averages = new Float64Array(out.length)
    exponentialAverage(ranges, length, alphaOf(length), averages)
    rateOfChange(averages.subarray(length - 1), change, out.subarray(length - 1))
  },
}
