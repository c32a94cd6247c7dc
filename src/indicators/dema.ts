import type { Column, Indicator } from './indicator.ts'
import { alphaOf, exponentialChain } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

export const dema: Indicator = {
  name: 'dema',
  title: 'Double exponential moving average',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length')],
  outputs: ['dema'],
  definition: '2·e₁ − e₂, where e₁ = ema(length) and e₂ = ema(e₁, length).',
  reference: 'TA-Lib DEMA',
  warmUpFormula: '2·(length − 1)',
  warmUp: ([length]: [number]) => 2 * (length - 1),
  settle: ([length]: [number]) => settleOf(alphaOf(length), 2),
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const [first, second] = exponentialChain(source, length, 2) as [Column, Column]
    for (let bar = 2 * (length - 1); bar < out.length; bar++) {
      out[bar] = 2 * (first[bar] as number) - (second[bar] as number)
    }
  },
}

export const tema: Indicator = {
  name: 'tema',
  title: 'Triple exponential moving average',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length')],
  outputs: ['tema'],
  definition: '3·e₁ − 3·e₂ + e₃, where e₁ = ema(length), e₂ = ema(e₁, length), e₃ = ema(e₂, length).',
  reference: 'TA-Lib TEMA',
  warmUpFormula: '3·(length − 1)',
  warmUp: ([length]: [number]) => 3 * (length - 1),
  settle: ([length]: [number]) => settleOf(alphaOf(length), 3),
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const [first, second, third] = exponentialChain(source, length, 3) as [Column, Column, Column]
    for (let bar = 3 * (length - 1); bar < out.length; bar++) {
      out[bar] = 3 * ((first[bar] as number) - (second[bar] as number)) + (third[bar] as number)
    }
  },
}
