import type { Column, Indicator } from './indicator.ts'
import { rollingMoments } from './kernels/rolling-moments.ts'
import { bars } from './parameters.ts'

export const skew: Indicator = {
  name: 'skew',
  title: 'Skewness',
  category: 'statistic',
  inputs: ['source'],
  parameters: [bars('length', 20)],
  outputs: ['skew'],
  definition:
    'm₃ / m₂^1.5, mₖ the mean k-th power of the distance of the last `length` values from their mean; 0 where m₂ is.',
  reference: 'Two passes in the tests',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const { second, third } = rollingMoments(source, length)
    for (let bar = length - 1; bar < out.length; bar++) {
      const spread = second[bar] as number
      out[bar] = spread === 0 ? 0 : (third[bar] as number) / (spread * Math.sqrt(spread))
    }
  },
}

export const kurtosis: Indicator = {
  ...skew,
  name: 'kurtosis',
  title: 'Excess kurtosis',
  outputs: ['kurtosis'],
  definition:
    'm₄ / m₂² − 3, mₖ the mean k-th power of the distance of the last `length` values from their mean; 0 where m₂ is.',
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const { second, fourth } = rollingMoments(source, length)
    for (let bar = length - 1; bar < out.length; bar++) {
      const spread = second[bar] as number
      out[bar] = spread === 0 ? 0 : (fourth[bar] as number) / (spread * spread) - 3
    }
  },
}
