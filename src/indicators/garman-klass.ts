import type { Column, Indicator } from './indicator.ts'
import { annualRoot, logRatios } from './kernels/volatility.ts'
import { bars, periods } from './parameters.ts'

type Parameters = [length: number, periods: number]
type Bars = [open: Column, high: Column, low: Column, close: Column]

export const garmanKlass: Indicator = {
  name: 'garman_klass',
  title: 'Garman-Klass volatility',
  category: 'volatility',
  inputs: ['open', 'high', 'low', 'close'],
  parameters: [bars('length', 20), periods],
  outputs: ['garman_klass'],
  definition:
    '√(mean of ½·ln(high / low)² − (2·ln 2 − 1)·ln(close / open)²) over `length` bars, ' +
    'in percent a year of `periods` bars.',
  reference: 'Mark Garman and Michael Klass 1980, a textbook form in the tests',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: Parameters) => length - 1,
  settle: () => 0,
  compute([open, high, low, close]: Bars, parameters: Parameters, [out]: [Column]) {
    const variances = logRatios(high, low)
    const moves = logRatios(close, open)
    for (let bar = 0; bar < out.length; bar++) {
      const range = variances[bar] as number
      const move = moves[bar] as number
      variances[bar] = 0.5 * range * range - (2 * Math.LN2 - 1) * move * move
    }
    annualRoot(variances, parameters, out)
  },
}
