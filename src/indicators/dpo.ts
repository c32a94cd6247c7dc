import type { Column, Indicator } from './indicator.ts'
import { rollingMean } from './kernels/rolling-mean.ts'
import { bars } from './parameters.ts'

export const dpo: Indicator = {
  name: 'dpo',
  title: 'Detrended price oscillator',
  category: 'momentum',
  inputs: ['source'],
  parameters: [bars('length', 21)],
  outputs: ['dpo'],
  definition: 'x − sma(length) of ⌊length / 2⌋ + 1 bars ago; not centered, so it names no future bar.',
  reference: 'TradingView DPO, TA-Lib SMA',
  warmUpFormula: 'length + floor(length / 2)',
  warmUp: ([length]: [number]) => length + Math.floor(length / 2),
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const back = Math.floor(length / 2) + 1
    const means = new Float64Array(source.length)
    rollingMean(source, length, means)
    for (let bar = length - 1 + back; bar < out.length; bar++) {
      out[bar] = (source[bar] as number) - (means[bar - back] as number)
    }
  },
}
