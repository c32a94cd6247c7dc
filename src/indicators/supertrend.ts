import type { Column, Indicator } from './indicator.ts'
import { averageTrueRange } from './kernels/true-range.ts'
import { bars, factor } from './parameters.ts'

type Parameters = [length: number, multiple: number]

export const supertrend: Indicator = {
  name: 'supertrend',
  title: 'Supertrend',
  category: 'trend',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 10), factor('multiple', 3, 0, 100)],
  outputs: ['supertrend', 'direction'],
  definition:
    'Bands at (high + low) / 2 ± multiple·atr(length); the lower one only rises while the close before was not under ' +
    'it, the upper one only falls while that was not over it. supertrend is the lower one (direction 1) until a close ' +
    'under it, then the upper one (direction −1) until a close over it. Seed: direction −1.',
  reference: 'TradingView ta.supertrend, whose direction has the other sign; a textbook form in the tests',
  warmUpFormula: 'length',
  warmUp: ([length]: Parameters) => length,
  settle: () => Number.POSITIVE_INFINITY,
  compute(
    [high, low, close]: [Column, Column, Column],
    [length, multiple]: Parameters,
    [line, directions]: [Column, Column],
  ) {
    averageTrueRange(high, low, close, length, line)
    let [upper, lower, direction] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1]
    for (let bar = length; bar < line.length; bar++) {
      const middle = ((high[bar] as number) + (low[bar] as number)) / 2
      const width = multiple * (line[bar] as number)
      const before = close[bar - 1] as number
      upper = before > upper ? middle + width : Math.min(middle + width, upper)
      lower = before < lower ? middle - width : Math.max(middle - width, lower)
      const last = close[bar] as number
      // The first bar has nothing that it could have crossed.
      if (bar > length) direction = direction < 0 ? (last > upper ? 1 : -1) : last < lower ? -1 : 1
      line[bar] = direction < 0 ? upper : lower
      directions[bar] = direction
    }
  },
}
