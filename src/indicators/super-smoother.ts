import { cos } from '../numerics/cos.ts'
import { exp } from '../numerics/exp.ts'
import type { Column, Indicator } from './indicator.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

export const superSmoother: Indicator = {
  name: 'super_smoother',
  title: 'Ehlers super smoother',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length', 10, { min: 2 })],
  outputs: ['super_smoother'],
  definition:
    's = c·(x + x of 1 bar ago) / 2 + 2·r·cos(√2·π / length)·s of 1 bar ago − r²·s of 2 bars ago, ' +
    'r = exp(−√2·π / length), c makes the weights sum to 1. Seed: the first two values.',
  reference: 'John Ehlers 2013, a textbook form in the tests',
  warmUpFormula: '2',
  warmUp: () => 2,
  // Two poles of radius r, whose memory is that of two averages that keep r each bar.
  settle: ([length]: [number]) => settleOf(1 - exp(-angleOf(length)), 2),
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const radius = exp(-angleOf(length))
    const weight1 = 2 * radius * cos(angleOf(length))
    const weight2 = -radius * radius
    const weight0 = (1 - weight1 - weight2) / 2
    let [older, newer] = [source[0] as number, source[1] as number]
    for (let bar = 2; bar < out.length; bar++) {
      const fresh = weight0 * ((source[bar] as number) + (source[bar - 1] as number))
      const value = fresh + weight1 * newer + weight2 * older
      out[bar] = value
      older = newer
      newer = value
    }
  },
}

function angleOf(length: number): number {
  return (Math.SQRT2 * Math.PI) / length
}
