import type { Column, Indicator } from './indicator.ts'
import { rollingSum } from './kernels/rolling-mean.ts'
import { alphaOf } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'

export const vidya: Indicator = {
  name: 'vidya',
  title: 'Variable index dynamic average',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length', 14), bars('momentum', 9)],
  outputs: ['vidya'],
  definition:
    'v = a·x + (1 − a)·v of the bar before, a = 2 / (length + 1)·|U − D| / (U + D), U and D the sums of the last ' +
    '`momentum` rises and falls, a = 0 where there were none. Seed: the value at bar `momentum` − 1.',
  reference: 'Tushar Chande 1995, a textbook form in the tests',
  warmUpFormula: 'momentum',
  warmUp: ([, momentum]: [number, number]) => momentum,
  settle: () => Number.POSITIVE_INFINITY,
  compute([source]: [Column], [length, momentum]: [number, number], [out]: [Column]) {
    const moves = new Float64Array(source.length)
    for (let bar = 1; bar < moves.length; bar++) {
      moves[bar] = Math.abs((source[bar] as number) - (source[bar - 1] as number))
    }
    rollingSum(moves.subarray(1), momentum, out.subarray(1))
    let value = source[momentum - 1] as number
    for (let bar = momentum; bar < out.length; bar++) {
      const way = out[bar] as number
      const distance = Math.abs((source[bar] as number) - (source[bar - momentum] as number))
      const alpha = way === 0 ? 0 : (alphaOf(length) * distance) / way
      value = alpha * (source[bar] as number) + (1 - alpha) * value
      out[bar] = value
    }
  },
}
