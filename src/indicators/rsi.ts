import type { Column, Indicator } from './indicator.ts'
import { relativeStrength } from './kernels/relative-strength.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

export const rsi: Indicator = {
  name: 'rsi',
  title: 'Relative strength index',
  category: 'momentum',
  inputs: ['source'],
  parameters: [bars('length', 14)],
  outputs: ['rsi'],
  definition:
    '100·G / (G + L). G and L: gains and losses from bar to bar, smoothed by a = 1 / length (Wilder). ' +
    'Seed: the mean of the first `length` of each. 0 where nothing has moved, as in TA-Lib.',
  reference: 'TA-Lib RSI',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: ([length]: [number]) => settleOf(1 / length),
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    relativeStrength(source, length, out)
  },
}
