import type { Column, Indicator } from './indicator.ts'
import { rollingMean } from './kernels/rolling-mean.ts'
import { bars } from './parameters.ts'

export const sma: Indicator = {
  name: 'sma',
  title: 'Simple moving average',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length')],
  outputs: ['sma'],
  definition: 'Mean of the last `length` values.',
  reference: 'TA-Lib SMA',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    rollingMean(source, length, out)
  },
}
