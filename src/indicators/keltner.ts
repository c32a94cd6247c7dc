import type { Column, Indicator } from './indicator.ts'
import { alphaOf, exponentialAverage } from './kernels/smoothing.ts'
import { averageTrueRange } from './kernels/true-range.ts'
import { bars, factor } from './parameters.ts'
import { settleOf } from './settle.ts'

type Bars = [high: Column, low: Column, close: Column]
type Bands = [middle: Column, upper: Column, lower: Column]
type Keltner = [length: number, multiple: number, atrLength: number]

export const keltner: Indicator = {
  name: 'keltner',
  title: 'Keltner channels',
  category: 'volatility',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 20), factor('multiple', 2, 0, 100), bars('atr_length', 10)],
  outputs: ['middle', 'upper', 'lower'],
  definition: 'middle = ema(close, length); upper, lower: middle ± multiple·atr(atr_length).',
  reference: 'TradingView Keltner Channels, TA-Lib EMA and ATR',
  warmUpFormula: 'max(length − 1, atr_length)',
  warmUp: ([length, , atrLength]: Keltner) => Math.max(length - 1, atrLength),
  settle: ([length, , atrLength]: Keltner) => settleOf(Math.min(alphaOf(length), 1 / atrLength)),
  compute([high, low, close]: Bars, [length, multiple, atrLength]: Keltner, [middle, upper, lower]: Bands) {
    const start = Math.max(length - 1, atrLength)
    averageTrueRange(high, low, close, atrLength, upper)
    exponentialAverage(close, length, alphaOf(length), middle)
    for (let bar = start; bar < middle.length; bar++) {
      const center = middle[bar] as number
      const width = multiple * (upper[bar] as number)
      upper[bar] = center + width
      lower[bar] = center - width
    }
    middle.fill(Number.NaN, 0, start)
    upper.fill(Number.NaN, 0, start)
  },
}
