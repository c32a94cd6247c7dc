import { ln } from '../numerics/ln.ts'
import type { Column, Indicator } from './indicator.ts'
import { middlePrice } from './kernels/prices.ts'
import { rollingMaximum, rollingMinimum } from './kernels/rolling-extremes.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

/** Beyond it the transform would have no bound. */
const EDGE = 0.999

export const fisher: Indicator = {
  name: 'fisher',
  title: 'Fisher transform',
  category: 'momentum',
  inputs: ['high', 'low'],
  parameters: [bars('length', 9)],
  outputs: ['fisher', 'trigger'],
  definition:
    'fisher = ½·ln((1 + v) / (1 − v)) + ½·fisher of the bar before; v = 0.66·(s − ½) + 0.67·v of the bar before, from ' +
    '−0.999 to 0.999; s where (high + low) / 2 lies between its lowest (0) and highest (1) of `length` bars, ½ where ' +
    'they are equal. Seeds: 0. trigger: fisher of the bar before.',
  reference: 'John Ehlers 2002, a textbook form in the tests',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  // At the edge a difference in v is 500 times as large in the transform.
  settle: () => settleOf(0.33, 2) + settleOf(0.5),
  compute([high, low]: [Column, Column], [length]: [number], [line, trigger]: [Column, Column]) {
    const prices = middlePrice(high, low)
    const lowest = new Float64Array(prices.length)
    rollingMaximum(prices, length, line)
    rollingMinimum(prices, length, lowest)
    let [value, transform] = [0, 0]
    for (let bar = length - 1; bar < line.length; bar++) {
      const bottom = lowest[bar] as number
      const range = (line[bar] as number) - bottom
      const place = range === 0 ? 0.5 : ((prices[bar] as number) - bottom) / range
      value = Math.min(Math.max(0.66 * (place - 0.5) + 0.67 * value, -EDGE), EDGE)
      trigger[bar] = transform
      transform = 0.5 * ln((1 + value) / (1 - value)) + 0.5 * transform
      line[bar] = transform
    }
    line[length - 1] = Number.NaN
    trigger[length - 1] = Number.NaN
  },
}
