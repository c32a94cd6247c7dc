import type { Column, Indicator } from './indicator.ts'
import { meanDistances } from './kernels/mean-distance.ts'
import { typicalPrice } from './kernels/prices.ts'
import { ratio } from './kernels/ratio.ts'
import { rollingMean } from './kernels/rolling-mean.ts'
import { bars, LONGEST_COSTLY } from './parameters.ts'

export const cci: Indicator = {
  name: 'cci',
  title: 'Commodity channel index',
  category: 'momentum',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 20, { max: LONGEST_COSTLY })],
  outputs: ['cci'],
  definition:
    '(p − m) / (0.015·d), p = (high + low + close) / 3, m the mean of the last `length` p, d their mean distance ' +
    'from m; 0 where d is 0.',
  reference: 'TA-Lib CCI',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  cost: ([length]: [number]) => 1 + length / 18,
  compute([high, low, close]: [Column, Column, Column], [length]: [number], [out]: [Column]) {
    const prices = typicalPrice(high, low, close)
    const means = new Float64Array(close.length)
    rollingMean(prices, length, means)
    meanDistances(prices, means, length, out)
    for (let bar = length - 1; bar < out.length; bar++) {
      out[bar] = ratio((prices[bar] as number) - (means[bar] as number), 0.015 * (out[bar] as number))
    }
  },
}
