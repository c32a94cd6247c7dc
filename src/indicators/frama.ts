import { exp } from '../numerics/exp.ts'
import { ln } from '../numerics/ln.ts'
import type { Column, Indicator } from './indicator.ts'
import { middlePrice } from './kernels/prices.ts'
import { rollingMaximum, rollingMinimum } from './kernels/rolling-extremes.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

const LN2 = ln(2)
const SLOWEST = 0.01

export const frama: Indicator = {
  name: 'frama',
  title: 'Fractal adaptive moving average',
  category: 'average',
  inputs: ['high', 'low'],
  parameters: [bars('length', 16, { min: 4 })],
  outputs: ['frama'],
  definition:
    'f = a·p + (1 − a)·f of the bar before, p = (high + low) / 2, a = exp(−4.6·(D − 1)) from 0.01 to 1. ' +
    'D = log₂((N₁ + N₂) / N₃), the ranges of the newer half, the older half and the whole of the last `length` bars, ' +
    'each over its bars; 1 where there is none. Seed: p of the bar before the first.',
  reference: 'John Ehlers 2005, a textbook form in the tests',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => settleOf(SLOWEST),
  cost: () => 8,
  fault: ([length]: [number]) => (length % 2 === 0 ? undefined : '`length` must be even.'),
  compute([high, low]: [Column, Column], [length]: [number], [out]: [Column]) {
    const half = length / 2
    const prices = middlePrice(high, low)
    const whole = rangeOf(high, low, length)
    const parts = rangeOf(high, low, half)
    let value = prices[length - 2] as number
    for (let bar = length - 1; bar < out.length; bar++) {
      const sum = (parts[bar] as number) + (parts[bar - half] as number)
      const dimension = sum > 0 ? ln((2 * sum) / (whole[bar] as number)) / LN2 : 1
      const alpha = Math.min(Math.max(exp(-4.6 * (dimension - 1)), SLOWEST), 1)
      value = alpha * (prices[bar] as number) + (1 - alpha) * value
      out[bar] = value
    }
  },
}

function rangeOf(high: Column, low: Column, length: number): Column {
  const range = new Float64Array(high.length)
  const lowest = new Float64Array(low.length)
  rollingMaximum(high, length, range)
  rollingMinimum(low, length, lowest)
  for (let bar = length - 1; bar < range.length; bar++) {
    range[bar] = (range[bar] as number) - (lowest[bar] as number)
  }
  return range
}
