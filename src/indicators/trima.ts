import type { Column, Indicator } from './indicator.ts'
import { rollingMean } from './kernels/rolling-mean.ts'
import { bars } from './parameters.ts'

export const trima: Indicator = {
  name: 'trima',
  title: 'Triangular moving average',
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length')],
  outputs: ['trima'],
  definition:
    'sma(sma(⌊length / 2⌋ + 1), ⌈length / 2⌉): weights rise to the middle of the window and fall again.',
  reference: 'TA-Lib TRIMA',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const inner = Math.floor(length / 2) + 1
    const means = new Float64Array(source.length)
    rollingMean(source, inner, means)
    rollingMean(means.subarray(inner - 1), Math.ceil(length / 2), out.subarray(inner - 1))
  },
}
