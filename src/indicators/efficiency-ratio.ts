import type { Column, Indicator } from './indicator.ts'
import { efficiency } from './kernels/efficiency.ts'
import { bars } from './parameters.ts'

export const efficiencyRatio: Indicator = {
  name: 'efficiency_ratio',
  title: "Kaufman's efficiency ratio",
  category: 'trend',
  inputs: ['source'],
  parameters: [bars('length', 10)],
  outputs: ['efficiency_ratio'],
  definition:
    'Distance that the source has gone in `length` bars over the way it took: 0 is noise, 1 a straight line. ' +
    '1 where it has not moved.',
  reference: 'Perry Kaufman 1995, a textbook form in the tests',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    efficiency(source, length, out)
  },
}
