import type { Column, Indicator } from './indicator.ts'
import { typicalPrice } from './kernels/prices.ts'
import { percent } from './kernels/ratio.ts'
import { rollingSum } from './kernels/rolling-mean.ts'
import { bars } from './parameters.ts'

export const mfi: Indicator = {
  name: 'mfi',
  title: 'Money flow index',
  category: 'momentum',
  inputs: ['high', 'low', 'close', 'volume'],
  parameters: [bars('length', 14)],
  outputs: ['mfi'],
  definition:
    '100·P / (P + N), the sums over `length` bars of p·volume where p = (high + low + close) / 3 rose, and where it ' +
    'fell; 0 where it did neither, as in TA-Lib.',
  reference: 'TA-Lib MFI',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: () => 0,
  compute([high, low, close, volume]: [Column, Column, Column, Column], [length]: [number], [out]: [Column]) {
    const prices = typicalPrice(high, low, close)
    const rises = new Float64Array(close.length)
    const falls = new Float64Array(close.length)
    for (let bar = 1; bar < close.length; bar++) {
      const flow = (prices[bar] as number) * (volume[bar] as number)
      const change = Math.sign((prices[bar] as number) - (prices[bar - 1] as number))
      rises[bar] = Math.max(change, 0) * flow
      falls[bar] = Math.max(-change, 0) * flow
    }
    const fallen = new Float64Array(close.length)
    rollingSum(rises.subarray(1), length, out.subarray(1))
    rollingSum(falls.subarray(1), length, fallen.subarray(1))
    for (let bar = length; bar < out.length; bar++) {
      const rise = out[bar] as number
      out[bar] = percent(rise, rise + (fallen[bar] as number))
    }
  },
}
