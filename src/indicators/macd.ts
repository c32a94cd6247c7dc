import type { Column, Indicator } from './indicator.ts'
import { averageSpread } from './kernels/average-spread.ts'
import { addSignal, alphaOf } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

export const macd: Indicator = {
  name: 'macd',
  title: 'Moving average convergence divergence',
  category: 'momentum',
  inputs: ['source'],
  parameters: [bars('fast', 12), bars('slow', 26), bars('signal', 9)],
  outputs: ['macd', 'signal', 'histogram'],
  definition:
    'macd = ema(fast) − ema(slow), both seeded by a mean that ends at bar `slow`; signal = ema(macd, signal); ' +
    'histogram = macd − signal.',
  reference: 'TA-Lib MACD',
  warmUpFormula: 'slow + signal − 2',
  warmUp: ([, slow, signal]: [number, number, number]) => slow + signal - 2,
  settle: ([, slow, signal]: [number, number, number]) => settleOf(alphaOf(Math.max(slow, signal)), 2),
  fault: ([fast, slow]: [number, number, number]) =>
    fast < slow ? undefined : '`fast` must be less than `slow`.',
  compute(
    [source]: [Column],
    [fast, slow, signal]: [number, number, number],
    [line, signals, histogram]: [Column, Column, Column],
  ) {
    // As in TA-Lib, the seeds of both end at the same bar.
    averageSpread(source, fast, slow, line, slow - fast)
    addSignal(line, slow - 1, signal, signals)
    for (let bar = slow + signal - 2; bar < line.length; bar++) {
      histogram[bar] = (line[bar] as number) - (signals[bar] as number)
    }
  },
}
