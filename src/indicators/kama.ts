import type { Column, Indicator } from './indicator.ts'
import { efficiency } from './kernels/efficiency.ts'
import { alphaOf } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

type Parameters = [number, number, number]

export const kama: Indicator = {
  name: 'kama',
  title: "Kaufman's adaptive moving average",
  category: 'average',
  inputs: ['source'],
  parameters: [bars('length', 10), bars('fast', 2), bars('slow', 30)],
  outputs: ['kama'],
  definition:
    'k = a·x + (1 − a)·k of the bar before, a = (E·(f − s) + s)², f = 2 / (fast + 1), s = 2 / (slow + 1), ' +
    'E = efficiency_ratio(length). Seed: the value at bar `length` − 1.',
  reference: 'TA-Lib KAMA',
  warmUpFormula: 'length',
  warmUp: ([length]: Parameters) => length,
  settle: ([, , slow]: Parameters) => settleOf(alphaOf(slow) * alphaOf(slow)),
  fault: ([, fast, slow]: Parameters) => (fast < slow ? undefined : '`fast` must be less than `slow`.'),
  compute([source]: [Column], [length, fast, slow]: Parameters, [out]: [Column]) {
    const [slowest, span] = [alphaOf(slow), alphaOf(fast) - alphaOf(slow)]
    efficiency(source, length, out)
    let value = source[length - 1] as number
    for (let bar = length; bar < out.length; bar++) {
      const root = (out[bar] as number) * span + slowest
      const alpha = root * root
      value = alpha * (source[bar] as number) + (1 - alpha) * value
      out[bar] = value
    }
  },
}
