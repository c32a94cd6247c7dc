import type { Column, Indicator } from './indicator.ts'
import { alphaOf, exponentialAverage } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

export const elderRay: Indicator = {
  name: 'elder_ray',
  title: 'Elder ray',
  category: 'momentum',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 13)],
  outputs: ['bull', 'bear'],
  definition: 'bull = high − ema(close, length); bear = low − ema(close, length).',
  reference: 'Alexander Elder 1989, TA-Lib EMA',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: ([length]: [number]) => settleOf(alphaOf(length)),
  compute([high, low, close]: [Column, Column, Column], [length]: [number], [bull, bear]: [Column, Column]) {
    exponentialAverage(close, length, alphaOf(length), bear)
    for (let bar = length - 1; bar < bear.length; bar++) {
      const average = bear[bar] as number
      bull[bar] = (high[bar] as number) - average
      bear[bar] = (low[bar] as number) - average
    }
  },
}
