import type { Column, Indicator } from './indicator.ts'
import { meanDistances } from './kernels/mean-distance.ts'
import { rollingMean } from './kernels/rolling-mean.ts'
import { bars, LONGEST_COSTLY } from './parameters.ts'

export const meanDeviation: Indicator = {
  name: 'mean_deviation',
  title: 'Mean absolute deviation',
  category: 'statistic',
  inputs: ['source'],
  parameters: [bars('length', 20, { max: LONGEST_COSTLY })],
  outputs: ['mean_deviation'],
  definition: 'Mean distance of the last `length` values from their mean.',
  reference: 'TA-Lib AVGDEV',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  cost: ([length]: [number]) => 1 + length / 18,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const means = new Float64Array(source.length)
    rollingMean(source, length, means)
    meanDistances(source, means, length, out)
  },
}
