import type { Column, Indicator } from './indicator.ts'
import { changes } from './kernels/prices.ts'
import { percent } from './kernels/ratio.ts'
import { addSignal, alphaOf, smoothTwice } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

type Parameters = [long: number, short: number, signal: number]

export const tsi: Indicator = {
  name: 'tsi',
  title: 'True strength index',
  category: 'momentum',
  inputs: ['source'],
  parameters: [bars('long', 25), bars('short', 13), bars('signal', 13)],
  outputs: ['tsi', 'signal'],
  definition:
    'tsi = 100·ema(ema(m, long), short) / ema(ema(|m|, long), short), m the change from bar to bar, 0 where nothing ' +
    'has moved; signal = ema(tsi, signal).',
  reference: 'William Blau 1991, a textbook form in the tests',
  warmUpFormula: 'long + short + signal − 2',
  warmUp: ([long, short, signal]: Parameters) => long + short + signal - 2,
  settle: ([long, short, signal]: Parameters) => settleOf(alphaOf(Math.max(long, short, signal)), 3),
  compute([source]: [Column], [long, short, signal]: Parameters, [line, signals]: [Column, Column]) {
    const moves = changes(source).subarray(1)
    const start = long + short - 2
    const sizes = smoothTwice(moves.map(Math.abs), long, short)
    line.set(smoothTwice(moves, long, short), 1)
    for (let bar = start; bar < sizes.length; bar++) {
      line[bar + 1] = percent(line[bar + 1] as number, sizes[bar] as number)
    }
    addSignal(line, start + 1, signal, signals)
  },
}
