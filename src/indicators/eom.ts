import type { Column, Indicator } from './indicator.ts'
import { changes, middlePrice } from './kernels/prices.ts'
import { ratio } from './kernels/ratio.ts'
import { rollingMean } from './kernels/rolling-mean.ts'
import { bars, factor } from './parameters.ts'

export const eom: Indicator = {
  name: 'eom',
  title: 'Ease of movement',
  category: 'volume',
  inputs: ['high', 'low', 'volume'],
  parameters: [bars('length', 14), factor('divisor', 10_000, 1, 1e12)],
  outputs: ['eom'],
  definition:
    'sma(divisor·(p − p before)·(high − low) / volume, length), p = (high + low) / 2; 0 without volume.',
  reference: 'TradingView Ease of Movement, TA-Lib SMA',
  warmUpFormula: 'length',
  warmUp: ([length]: [number, number]) => length,
  settle: () => 0,
  compute(
    [high, low, volume]: [Column, Column, Column],
    [length, divisor]: [number, number],
    [out]: [Column],
  ) {
    const ease = changes(middlePrice(high, low)).map((move, bar) => {
      const range = (high[bar] as number) - (low[bar] as number)
      return divisor * ratio(move * range, volume[bar] as number)
    })
    rollingMean(ease.subarray(1), length, out.subarray(1))
  },
}
