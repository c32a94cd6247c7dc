import type { Column, Indicator } from './indicator.ts'
import { exponentialAverage } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

export const rma: Indicator = {
  name: 'rma',
  title: "Wilder's moving average",
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length', 14)],
  outputs: ['rma'],
  definition:
    'r = a·x + (1 − a)·r of the bar before, a = 1 / length. Seed: the mean of the first `length` values. ' +
    'Also known as smoothed moving average (SMMA).',
  reference: 'J. Welles Wilder 1978, a textbook form in the tests',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: ([length]: [number]) => settleOf(1 / length),
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    exponentialAverage(source, length, 1 / length, out)
  },
}
