import type { Column, Indicator } from './indicator.ts'
import { rateOfChange } from './kernels/rate-of-change.ts'
import { alphaOf, exponentialChain } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

export const trix: Indicator = {
  name: 'trix',
  title: 'Rate of change of a triple exponential average',
  category: 'momentum',
  inputs: ['source'],
  parameters: [bars('length', 30)],
  outputs: ['trix'],
  definition: 'roc(e₃, 1), e₃ = ema(ema(ema(length), length), length).',
  reference: 'TA-Lib TRIX',
  warmUpFormula: '3·(length − 1) + 1',
  warmUp: ([length]: [number]) => 3 * (length - 1) + 1,
  settle: ([length]: [number]) => settleOf(alphaOf(length), 3),
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const start = 3 * (length - 1)
    const [, , third] = exponentialChain(source, length, 3) as [Column, Column, Column]
    rateOfChange(third.subarray(start), 1, out.subarray(start))
  },
}
