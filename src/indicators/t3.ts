import type { Column, Indicator } from './indicator.ts'
import { alphaOf, exponentialChain } from './kernels/smoothing.ts'
import { bars, factor } from './parameters.ts'
import { settleOf } from './settle.ts'

export const t3: Indicator = {
  name: 't3',
  title: 'Tillson T3 moving average',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length', 5), factor('factor', 0.7, 0, 1)],
  outputs: ['t3'],
  definition:
    '−v³·e₆ + 3·(v² + v³)·e₅ − 3·(2·v² + v + v³)·e₄ + (1 + 3·v + v³ + 3·v²)·e₃, v = factor, ' +
    'eₖ the k-fold ema(length).',
  reference: 'TA-Lib T3',
  warmUpFormula: '6·(length − 1)',
  warmUp: ([length]: [number]) => 6 * (length - 1),
  settle: ([length]: [number]) => settleOf(alphaOf(length), 6),
  compute([source]: [Column], [length, v]: [number, number], [out]: [Column]) {
    const [, , third, fourth, fifth, sixth] = exponentialChain(source, length, 6) as Six
    const [square, cube] = [v * v, v * v * v]
    const [weight3, weight4] = [1 + 3 * v + cube + 3 * square, -3 * (2 * square + v + cube)]
    const [weight5, weight6] = [3 * (square + cube), -cube]
    for (let bar = 6 * (length - 1); bar < out.length; bar++) {
      const outer = weight6 * (sixth[bar] as number) + weight5 * (fifth[bar] as number)
      out[bar] = outer + weight4 * (fourth[bar] as number) + weight3 * (third[bar] as number)
    }
  },
}

type Six = [Column, Column, Column, Column, Column, Column]
