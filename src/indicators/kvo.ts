import type { Column, Indicator } from './indicator.ts'
import { averageSpread } from './kernels/average-spread.ts'
import { changes, typicalPrice } from './kernels/prices.ts'
import { addSignal, alphaOf } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

type Klinger = [fast: number, slow: number, signal: number]

export const kvo: Indicator = {
  name: 'kvo',
  title: 'Klinger volume oscillator',
  category: 'volume',
  inputs: ['high', 'low', 'close', 'volume'],
  parameters: [bars('fast', 34), bars('slow', 55), bars('signal', 13)],
  outputs: ['kvo', 'signal'],
  definition:
    'kvo = ema(v, fast) − ema(v, slow), v = volume where ' +
    '(high + low + close) / 3 did not fall, −volume where it fell; signal = ema(kvo, signal).',
  reference: 'TradingView Klinger Oscillator, TA-Lib APO and EMA',
  warmUpFormula: 'slow + signal − 1',
  warmUp: ([, slow, signal]: Klinger) => slow + signal - 1,
  settle: ([, slow, signal]: Klinger) => settleOf(alphaOf(Math.max(slow, signal)), 2),
  fault: ([fast, slow]: Klinger) => (fast < slow ? undefined : '`fast` must be less than `slow`.'),
  compute(
    [high, low, close, volume]: [Column, Column, Column, Column],
    [fast, slow, signal]: Klinger,
    [line, signals]: [Column, Column],
  ) {
    const flow = changes(typicalPrice(high, low, close)).map((move, bar) =>
      move < 0 ? -(volume[bar] as number) : (volume[bar] as number),
    )
    averageSpread(flow.subarray(1), fast, slow, line.subarray(1))
    addSignal(line, slow, signal, signals)
  },
}
