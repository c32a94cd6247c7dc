import type { Column, Indicator } from './indicator.ts'
import { annualRoot, driftlessVariances } from './kernels/volatility.ts'
import { bars, periods } from './parameters.ts'

type Parameters = [length: number, periods: number]
type Bars = [open: Column, high: Column, low: Column, close: Column]

export const rogersSatchell: Indicator = {
  name: 'rogers_satchell',
  title: 'Rogers-Satchell volatility',
  category: 'volatility',
  inputs: ['open', 'high', 'low', 'close'],
  parameters: [bars('length', 20), periods],
  outputs: ['rogers_satchell'],
  definition:
    '√(mean of ln(high / close)·ln(high / open) + ln(low / close)·ln(low / open)) over `length` bars, ' +
    'in percent a year of `periods` bars.',
  reference: 'Chris Rogers and Steve Satchell 1991, a textbook form in the tests',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: Parameters) => length - 1,
  settle: () => 0,
  compute([open, high, low, close]: Bars, parameters: Parameters, [out]: [Column]) {
    annualRoot(driftlessVariances(open, high, low, close), parameters, out)
  },
}
