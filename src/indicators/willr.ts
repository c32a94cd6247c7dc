import type { Column, Indicator } from './indicator.ts'
import { percent } from './kernels/ratio.ts'
import { rollingMaximum, rollingMinimum } from './kernels/rolling-extremes.ts'
import { bars } from './parameters.ts'

export const willr: Indicator = {
  name: 'willr',
  title: 'Williams %R',
  category: 'momentum',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 14)],
  outputs: ['willr'],
  definition:
    '−100·(H − close) / (H − L), H and L the highest high and lowest low of `length` bars; 0 where H = L.',
  reference: 'TA-Lib WILLR',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([high, low, close]: [Column, Column, Column], [length]: [number], [out]: [Column]) {
    const highest = new Float64Array(close.length)
    rollingMaximum(high, length, highest)
    rollingMinimum(low, length, out)
    for (let bar = length - 1; bar < out.length; bar++) {
      const top = highest[bar] as number
      out[bar] = percent((close[bar] as number) - top, top - (out[bar] as number))
    }
  },
}
