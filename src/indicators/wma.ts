import type { Column, Indicator } from './indicator.ts'
import { rollingWeightedMean } from './kernels/rolling-line.ts'
import { bars } from './parameters.ts'

export const wma: Indicator = {
  name: 'wma',
  title: 'Weighted moving average',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length')],
  outputs: ['wma'],
  definition: 'Mean of the last `length` values, weighted 1 for the oldest to `length` for the newest.',
  reference: 'TA-Lib WMA',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    rollingWeightedMean(source, length, out)
  },
}
