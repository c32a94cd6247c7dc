import type { Column, Indicator } from './indicator.ts'
import { firstMean } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'

export const mcginley: Indicator = {
  name: 'mcginley',
  title: 'McGinley dynamic',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length', 14)],
  outputs: ['mcginley'],
  definition:
    'm + (x − m) / (length·(x / m)⁴), m of the bar before, never past x. Seed: the mean of the first `length` values. ' +
    'For sources above 0.',
  reference: 'John McGinley 1997, a textbook form in the tests',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => Number.POSITIVE_INFINITY,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    let value = firstMean(source, length)
    out[length - 1] = value
    for (let bar = length; bar < source.length; bar++) {
      const ratio = (source[bar] as number) / value
      const square = ratio * ratio
      value += ((source[bar] as number) - value) / Math.max(length * square * square, 1)
      out[bar] = value
    }
  },
}
