import type { Column, Indicator } from './indicator.ts'
import { typicalPrice } from './kernels/prices.ts'
import { volumeWeightedMean } from './kernels/volume-weighted.ts'
import { bars } from './parameters.ts'

export const rollingVwap: Indicator = {
  name: 'rolling_vwap',
  title: 'Volume-weighted average price of a window',
  category: 'volume',
  inputs: ['high', 'low', 'close', 'volume'],
  parameters: [bars('length', 20)],
  outputs: ['rolling_vwap'],
  definition:
    'Mean of (high + low + close) / 3 over the last `length` bars, weighted by volume; the plain mean where there was none.',
  reference: 'A textbook form in the tests',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([high, low, close, volume]: [Column, Column, Column, Column], [length]: [number], [out]: [Column]) {
    volumeWeightedMean(typicalPrice(high, low, close), volume, length, out)
  },
}
