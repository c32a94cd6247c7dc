import type { Column, Indicator } from './indicator.ts'
import { bars } from './parameters.ts'

export const mom: Indicator = {
  name: 'mom',
  title: 'Momentum',
  category: 'momentum',
  inputs: ['source'],
  parameters: [bars('length', 10)],
  outputs: ['mom'],
  definition: 'x − x of `length` bars ago.',
  reference: 'TA-Lib MOM',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    for (let bar = length; bar < out.length; bar++) {
      out[bar] = (source[bar] as number) - (source[bar - length] as number)
    }
  },
}
