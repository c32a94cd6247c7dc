import { ln } from '../numerics/ln.ts'
import type { Column, Indicator } from './indicator.ts'
import { rollingMaximum, rollingMinimum } from './kernels/rolling-extremes.ts'
import { sumOfRanges } from './kernels/true-range.ts'
import { bars } from './parameters.ts'

type Bars = [high: Column, low: Column, close: Column]

export const choppiness: Indicator = {
  name: 'choppiness',
  title: 'Choppiness index',
  category: 'trend',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 14, { min: 2 })],
  outputs: ['choppiness'],
  definition:
    '100·ln(T / (H − L)) / ln(length), T the sum of the true range, H and L the highest high and lowest low of ' +
    '`length` bars; 100 where H = L.',
  reference: 'E. W. Dreiss 1993, TA-Lib TRANGE, SUM, MAX, MIN and LN',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: () => 0,
  compute([high, low, close]: Bars, [length]: [number], [out]: [Column]) {
    const ranges = sumOfRanges(high, low, close, length)
    const lowest = new Float64Array(close.length)
    rollingMaximum(high, length, out)
    rollingMinimum(low, length, lowest)
    for (let bar = length; bar < out.length; bar++) {
      const whole = (out[bar] as number) - (lowest[bar] as number)
      out[bar] = whole === 0 ? 100 : (100 * ln((ranges[bar] as number) / whole)) / ln(length)
    }
    out[length - 1] = Number.NaN
  },
}
