import type { Column, Indicator } from './indicator.ts'
import { volumeWeightedMean } from './kernels/volume-weighted.ts'
import { bars } from './parameters.ts'

export const vwma: Indicator = {
  name: 'vwma',
  title: 'Volume-weighted moving average',
  category: 'average',
  inputs: ['source', 'volume'],
  parameters: [bars('length', 20)],
  outputs: ['vwma'],
  definition:
    'Mean of the last `length` values, each weighted by the volume of its bar. Their plain mean where there was no volume.',
  reference: 'A textbook form in the tests',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([source, volume]: [Column, Column], [length]: [number], [out]: [Column]) {
    volumeWeightedMean(source, volume, length, out)
  },
}
