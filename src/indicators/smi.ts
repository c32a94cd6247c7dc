import type { Column, Indicator } from './indicator.ts'
import { percent } from './kernels/ratio.ts'
import { rollingMaximum, rollingMinimum } from './kernels/rolling-extremes.ts'
import { addSignal, alphaOf, smoothTwice } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

type Parameters = [length: number, smooth: number, signal: number]

export const smi: Indicator = {
  name: 'smi',
  title: 'Stochastic momentum index',
  category: 'momentum',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 10), bars('smooth', 3), bars('signal', 3)],
  outputs: ['smi', 'signal'],
  definition:
    'smi = 200·ema(ema(close − (H + L) / 2, smooth), smooth) / ema(ema(H − L, smooth), smooth), H and L the highest ' +
    'high and lowest low of `length` bars, 0 where H = L; signal = ema(smi, signal).',
  reference: 'William Blau 1993, a textbook form in the tests',
  warmUpFormula: 'length + 2·smooth + signal − 4',
  warmUp: ([length, smooth, signal]: Parameters) => length + 2 * smooth + signal - 4,
  settle: ([, smooth, signal]: Parameters) => settleOf(alphaOf(Math.max(smooth, signal)), 3),
  compute(
    [high, low, close]: [Column, Column, Column],
    [length, smooth, signal]: Parameters,
    [line, signals]: [Column, Column],
  ) {
    const { distance, range } = distancesFromMiddle(high, low, close, length)
    const ranges = smoothTwice(range, smooth, smooth)
    const start = length - 1
    line.set(smoothTwice(distance, smooth, smooth), start)
    for (let bar = 2 * (smooth - 1); bar < ranges.length; bar++) {
      line[start + bar] = percent(2 * (line[start + bar] as number), ranges[bar] as number)
    }
    addSignal(line, start + 2 * (smooth - 1), signal, signals)
  },
}

/** From bar `length - 1` on: the close's distance from the middle of the range, and the range. */
function distancesFromMiddle(high: Column, low: Column, close: Column, length: number) {
  const distance = new Float64Array(close.length)
  const range = new Float64Array(close.length)
  rollingMaximum(high, length, range)
  rollingMinimum(low, length, distance)
  for (let bar = length - 1; bar < close.length; bar++) {
    const top = range[bar] as number
    const bottom = distance[bar] as number
    range[bar] = top - bottom
    distance[bar] = (close[bar] as number) - (top + bottom) / 2
  }
  return { distance: distance.subarray(length - 1), range: range.subarray(length - 1) }
}
