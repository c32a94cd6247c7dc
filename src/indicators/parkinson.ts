import type { Column, Indicator } from './indicator.ts'
import { annualRoot, logRatios } from './kernels/volatility.ts'
import { bars, periods } from './parameters.ts'

type Parameters = [length: number, periods: number]

export const parkinson: Indicator = {
  name: 'parkinson',
  title: 'Parkinson volatility',
  category: 'volatility',
  inputs: ['high', 'low'],
  parameters: [bars('length', 20), periods],
  outputs: ['parkinson'],
  definition:
    '√(mean of ln(high / low)² / (4·ln 2)) over `length` bars, ' + 'in percent a year of `periods` bars.',
  reference: 'Michael Parkinson 1980, a textbook form in the tests',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: Parameters) => length - 1,
  settle: () => 0,
  compute([high, low]: [Column, Column], parameters: Parameters, [out]: [Column]) {
    annualRoot(
      logRatios(high, low).map((range) => (range * range) / (4 * Math.LN2)),
      parameters,
      out,
    )
  },
}
