import type { Column, Indicator } from './indicator.ts'
import { rollingMaximum, rollingMinimum } from './kernels/rolling-extremes.ts'
import { bars } from './parameters.ts'

type Bands = [middle: Column, upper: Column, lower: Column]

export const donchian: Indicator = {
  name: 'donchian',
  title: 'Donchian channels',
  category: 'volatility',
  inputs: ['high', 'low'],
  parameters: [bars('length', 20)],
  outputs: ['middle', 'upper', 'lower'],
  definition:
    'upper: the highest high of the last `length` bars, this one included; lower: the lowest low; middle: half their sum.',
  reference: 'TA-Lib MAX and MIN',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([high, low]: [Column, Column], [length]: [number], [middle, upper, lower]: Bands) {
    rollingMaximum(high, length, upper)
    rollingMinimum(low, length, lower)
    for (let bar = length - 1; bar < middle.length; bar++) {
      middle[bar] = ((upper[bar] as number) + (lower[bar] as number)) / 2
    }
  },
}
