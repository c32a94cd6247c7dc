import type { Column, Indicator } from './indicator.ts'
import { logRatios, sampleVariance } from './kernels/volatility.ts'
import { bars, periods } from './parameters.ts'

type Parameters = [length: number, periods: number]

export const historicalVolatility: Indicator = {
  name: 'historical_volatility',
  title: 'Historical volatility',
  category: 'volatility',
  inputs: ['source'],
  parameters: [bars('length', 20, { min: 2 }), periods],
  outputs: ['historical_volatility'],
  definition:
    'Standard deviation (ddof 1) of ln(x / x of the bar before) over `length` bars, ' +
    'in percent a year of `periods` bars.',
  reference: 'TradingView Historical Volatility, two passes in the tests',
  warmUpFormula: 'length',
  warmUp: ([length]: Parameters) => length,
  settle: () => 0,
  compute([source]: [Column], [length, annual]: Parameters, [out]: [Column]) {
    const rates = logRatios(source.subarray(1), source)
    const variances = sampleVariance(rates, length)
    for (let bar = length; bar < out.length; bar++) {
      out[bar] = 100 * Math.sqrt((variances[bar - 1] as number) * annual)
    }
  },
}
