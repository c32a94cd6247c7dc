import type { Column, Indicator } from './indicator.ts'
import { rateOfChange } from './kernels/rate-of-change.ts'
import { rollingWeightedMean } from './kernels/rolling-line.ts'
import { bars } from './parameters.ts'

type Parameters = [length: number, long: number, short: number]

export const coppock: Indicator = {
  name: 'coppock',
  title: 'Coppock curve',
  category: 'momentum',
  inputs: ['source'],
  parameters: [bars('length', 10), bars('long', 14), bars('short', 11)],
  outputs: ['coppock'],
  definition: 'wma(roc(long) + roc(short), length).',
  reference: 'Edwin Coppock 1962, TA-Lib ROC and WMA',
  warmUpFormula: 'max(long, short) + length − 1',
  warmUp: ([length, long, short]: Parameters) => Math.max(long, short) + length - 1,
  settle: () => 0,
  compute([source]: [Column], [length, long, short]: Parameters, [out]: [Column]) {
    const [rates, shortRates] = [new Float64Array(out.length), new Float64Array(out.length)]
    const start = Math.max(long, short)
    rateOfChange(source, long, rates)
    rateOfChange(source, short, shortRates)
    for (let bar = start; bar < out.length; bar++) {
      rates[bar] = (rates[bar] as number) + (shortRates[bar] as number)
    }
    rollingWeightedMean(rates.subarray(start), length, out.subarray(start))
  },
}
