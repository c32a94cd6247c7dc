import type { Column, Indicator } from './indicator.ts'
import { alphaOf, exponentialAverage } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

export const ema: Indicator = {
  name: 'ema',
  title: 'Exponential moving average',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length')],
  outputs: ['ema'],
  definition:
    'e = a·x + (1 − a)·e of the bar before, a = 2 / (length + 1). Seed: the mean of the first `length` values.',
  reference: 'TA-Lib EMA',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: ([length]: [number]) => settleOf(alphaOf(length)),
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    exponentialAverage(source, length, alphaOf(length), out)
  },
}
