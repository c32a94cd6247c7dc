import type { Column, Indicator } from './indicator.ts'
import { rollingMaximum, rollingMinimum } from './kernels/rolling-extremes.ts'
import { averageTrueRange } from './kernels/true-range.ts'
import { bars, factor } from './parameters.ts'
import { settleOf } from './settle.ts'

type Bars = [high: Column, low: Column, close: Column]
type Chandelier = [length: number, multiple: number]

export const chandelier: Indicator = {
  name: 'chandelier',
  title: 'Chandelier exit',
  category: 'volatility',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 22), factor('multiple', 3, 0, 100)],
  outputs: ['long', 'short'],
  definition:
    'long: the highest high of `length` bars − multiple·atr(length); short: their lowest low + multiple·atr(length).',
  reference: 'Charles Le Beau 1992, TA-Lib MAX, MIN and ATR',
  warmUpFormula: 'length',
  warmUp: ([length]: Chandelier) => length,
  settle: ([length]: Chandelier) => settleOf(1 / length),
  compute([high, low, close]: Bars, [length, multiple]: Chandelier, [long, short]: [Column, Column]) {
    const range = new Float64Array(close.length)
    averageTrueRange(high, low, close, length, range)
    rollingMaximum(high, length, long)
    rollingMinimum(low, length, short)
    for (let bar = length; bar < long.length; bar++) {
      long[bar] = (long[bar] as number) - multiple * (range[bar] as number)
      short[bar] = (short[bar] as number) + multiple * (range[bar] as number)
    }
    long[length - 1] = Number.NaN
    short[length - 1] = Number.NaN
  },
}
