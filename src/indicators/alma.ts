import { exp } from '../numerics/exp.ts'
import type { Column, Indicator } from './indicator.ts'
import { bars, factor, LONGEST_COSTLY } from './parameters.ts'

type Parameters = [number, number, number]

export const alma: Indicator = {
  name: 'alma',
  title: 'Arnaud Legoux moving average',
  category: 'average',
  inputs: ['source'],
  parameters: [
    bars('length', 9, { max: LONGEST_COSTLY }),
    factor('offset', 0.85, 0, 1),
    factor('sigma', 6, 0.1, 100),
  ],
  outputs: ['alma'],
  definition:
    'Mean of the last `length` values, weighted by exp(−(i − m)² / (2·s²)), i = 0 for the oldest, ' +
    'm = offset·(length − 1), s = length / sigma.',
  reference: 'Arnaud Legoux 2009, a textbook form in the tests',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: Parameters) => length - 1,
  settle: () => 0,
  cost: ([length]: Parameters) => 1 + length / 20,
  compute([source]: [Column], parameters: Parameters, [out]: [Column]) {
    const weights = weightsOf(parameters)
    const last = weights.length - 1
    for (let bar = last; bar < source.length; bar++) {
      const newest = source[bar] as number
      let sum = 0
      for (let i = 0; i < last; i++) {
        sum += (weights[i] as number) * ((source[bar - last + i] as number) - newest)
      }
      out[bar] = newest + sum
    }
  },
}

function weightsOf([length, offset, sigma]: Parameters): Float64Array {
  const middle = offset * (length - 1)
  const width = length / sigma
  const weights = Float64Array.from({ length }, (_, i) =>
    exp(-((i - middle) * (i - middle)) / (2 * width * width)),
  )
  const sum = weights.reduce((total, weight) => total + weight)
  return weights.map((weight) => weight / sum)
}
