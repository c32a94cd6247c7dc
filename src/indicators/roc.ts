import type { Column, Indicator } from './indicator.ts'
import { rateOfChange } from './kernels/rate-of-change.ts'
import { bars } from './parameters.ts'

export const roc: Indicator = {
  name: 'roc',
  title: 'Rate of change',
  category: 'momentum',
  inputs: ['source'],
  parameters: [bars('length', 10)],
  outputs: ['roc'],
  definition: '100·(x − p) / p, p = x of `length` bars ago; 0 where p is 0.',
  reference: 'TA-Lib ROC',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    rateOfChange(source, length, out)
  },
}
