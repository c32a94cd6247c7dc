import type { Column, Indicator } from './indicator.ts'
import { rollingWeightedMean } from './kernels/rolling-line.ts'
import { bars } from './parameters.ts'

export const hma: Indicator = {
  name: 'hma',
  title: 'Hull moving average',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length', undefined, { min: 2 })],
  outputs: ['hma'],
  definition: 'wma(2·wma(⌊length / 2⌋) − wma(length), ⌊√length⌋).',
  reference: 'Alan Hull 2005, a textbook form in the tests',
  warmUpFormula: 'length + floor(sqrt(length)) − 2',
  warmUp: ([length]: [number]) => length + Math.floor(Math.sqrt(length)) - 2,
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const raw = new Float64Array(source.length)
    const slow = new Float64Array(source.length)
    rollingWeightedMean(source, Math.floor(length / 2), raw)
    rollingWeightedMean(source, length, slow)
    const start = length - 1
    for (let bar = start; bar < raw.length; bar++) raw[bar] = 2 * (raw[bar] as number) - (slow[bar] as number)
    rollingWeightedMean(raw.subarray(start), Math.floor(Math.sqrt(length)), out.subarray(start))
  },
}
