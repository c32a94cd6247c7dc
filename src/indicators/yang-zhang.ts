import type { Column, Indicator } from './indicator.ts'
import { rollingMean } from './kernels/rolling-mean.ts'
import { driftlessVariances, logRatios, sampleVariance } from './kernels/volatility.ts'
import { bars, periods } from './parameters.ts'

type Parameters = [length: number, periods: number]
type Bars = [open: Column, high: Column, low: Column, close: Column]

export const yangZhang: Indicator = {
  name: 'yang_zhang',
  title: 'Yang-Zhang volatility',
  category: 'volatility',
  inputs: ['open', 'high', 'low', 'close'],
  parameters: [bars('length', 20, { min: 2 }), periods],
  outputs: ['yang_zhang'],
  definition:
    '√(O + k·C + (1 − k)·R), O and C the variances (ddof 1) of ln(open / close before) and ln(close / open), R the ' +
    'mean of rogers_satchell, k = 0.34 / (1.34 + (length + 1) / (length − 1)), over `length` bars, ' +
    'in percent a year of `periods` bars.',
  reference: 'Dennis Yang and Qiang Zhang 2000, a textbook form in the tests',
  warmUpFormula: 'length',
  warmUp: ([length]: Parameters) => length,
  settle: () => 0,
  cost: () => 12,
  compute([open, high, low, close]: Bars, [length, annual]: Parameters, [out]: [Column]) {
    const later = open.subarray(1)
    const overnight = sampleVariance(logRatios(later, close), length)
    const within = sampleVariance(logRatios(close.subarray(1), later), length)
    rollingMean(driftlessVariances(open, high, low, close), length, out)
    const share = 0.34 / (1.34 + (length + 1) / (length - 1))
    for (let bar = length; bar < out.length; bar++) {
      const ends = (overnight[bar - 1] as number) + share * (within[bar - 1] as number)
      out[bar] = 100 * Math.sqrt((ends + (1 - share) * (out[bar] as number)) * annual)
    }
    out[length - 1] = Number.NaN
  },
}
