import type { Column, Indicator } from './indicator.ts'
import { middleOfRange } from './kernels/rolling-extremes.ts'
import { bars } from './parameters.ts'

export const midpoint: Indicator = {
  name: 'midpoint',
  title: 'Middle of the range of a series',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length', 14)],
  outputs: ['midpoint'],
  definition: 'Half the sum of the highest and the lowest of the last `length` values.',
  reference: 'TA-Lib MIDPOINT',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    middleOfRange(source, source, length, out)
  },
}

export const midprice: Indicator = {
  name: 'midprice',
  title: 'Middle of the price range',
  category: 'average',
  inputs: ['high', 'low'],
  parameters: [bars('length', 14)],
  outputs: ['midprice'],
  definition: 'Half the sum of the highest high and the lowest low of the last `length` bars.',
  reference: 'TA-Lib MIDPRICE',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([high, low]: [Column, Column], [length]: [number], [out]: [Column]) {
    middleOfRange(high, low, length, out)
  },
}
