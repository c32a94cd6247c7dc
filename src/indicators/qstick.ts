import type { Column, Indicator } from './indicator.ts'
import { bodies } from './kernels/prices.ts'
import { rollingMean } from './kernels/rolling-mean.ts'
import { bars } from './parameters.ts'

export const qstick: Indicator = {
  name: 'qstick',
  title: 'Qstick',
  category: 'trend',
  inputs: ['open', 'close'],
  parameters: [bars('length', 8)],
  outputs: ['qstick'],
  definition: 'sma(close − open, length).',
  reference: 'Tushar Chande 1994, TA-Lib SMA',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([open, close]: [Column, Column], [length]: [number], [out]: [Column]) {
    rollingMean(bodies(open, close), length, out)
  },
}
