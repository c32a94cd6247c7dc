import type { Column, Indicator } from './indicator.ts'
import { rateOfChange } from './kernels/rate-of-change.ts'
import { rollingMean } from './kernels/rolling-mean.ts'
import { bars } from './parameters.ts'

const PARTS = [1, 2, 3, 4]

export const kst: Indicator = {
  name: 'kst',
  title: 'Know sure thing',
  category: 'momentum',
  inputs: ['source'],
  parameters: [
    ...[10, 15, 20, 30].map((length, i) => bars(`roc${i + 1}`, length)),
    ...[10, 10, 10, 15].map((length, i) => bars(`sma${i + 1}`, length)),
    bars('signal', 9),
  ],
  outputs: ['kst', 'signal'],
  definition: 'kst = Σ k·sma(roc(x, rocₖ), smaₖ) for k = 1 to 4; signal = sma(kst, signal).',
  reference: 'Martin Pring 1992, TA-Lib ROC and SMA',
  warmUpFormula: 'max(roc1 + sma1, roc2 + sma2, roc3 + sma3, roc4 + sma4) + signal − 2',
  warmUp: (parameters) => startOf(parameters) + (parameters[8] as number) - 1,
  settle: () => 0,
  compute([source]: [Column], parameters, [line, signals]: [Column, Column]) {
    const start = startOf(parameters)
    const signal = parameters[8] as number
    line.fill(0, start)
    for (const part of PARTS) {
      addPart(source, parameters[part - 1] as number, parameters[part + 3] as number, part, line)
    }
    rollingMean(line.subarray(start), signal, signals.subarray(start))
    line.fill(Number.NaN, 0, start + signal - 1)
  },
}

/** Bars before all four parts are there. */
function startOf(parameters: readonly number[]): number {
  return Math.max(
    ...PARTS.map((part) => (parameters[part - 1] as number) + (parameters[part + 3] as number) - 1),
  )
}

function addPart(source: Column, rate: number, smooth: number, weight: number, to: Column): void {
  const rates = new Float64Array(to.length)
  const means = new Float64Array(to.length)
  rateOfChange(source, rate, rates)
  rollingMean(rates.subarray(rate), smooth, means.subarray(rate))
  for (let bar = rate + smooth - 1; bar < to.length; bar++) {
    to[bar] = (to[bar] as number) + weight * (means[bar] as number)
  }
}
