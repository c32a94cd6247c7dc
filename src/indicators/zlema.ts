import type { Column, Indicator } from './indicator.ts'
import { alphaOf, exponentialAverage } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

export const zlema: Indicator = {
  name: 'zlema',
  title: 'Zero-lag exponential moving average',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length')],
  outputs: ['zlema'],
  definition: 'ema(2·x − x of d bars ago, length), d = ⌊(length − 1) / 2⌋.',
  reference: 'John Ehlers and Ric Way 2010, a textbook form in the tests',
  warmUpFormula: 'length − 1 + floor((length − 1) / 2)',
  warmUp: ([length]: [number]) => lagOf(length) + length - 1,
  settle: ([length]: [number]) => settleOf(alphaOf(length)),
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const lag = lagOf(length)
    const ahead = new Float64Array(source.length)
    for (let bar = lag; bar < ahead.length; bar++) {
      ahead[bar] = 2 * (source[bar] as number) - (source[bar - lag] as number)
    }
    exponentialAverage(ahead.subarray(lag), length, alphaOf(length), out.subarray(lag))
  },
}

function lagOf(length: number): number {
  return Math.floor((length - 1) / 2)
}
