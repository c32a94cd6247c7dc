import type { Column, Indicator } from './indicator.ts'
import { middleOfRange } from './kernels/rolling-extremes.ts'
import { bars } from './parameters.ts'

type Parameters = [conversion: number, base: number, span: number]

export const ichimoku: Indicator = {
  name: 'ichimoku',
  title: 'Ichimoku cloud',
  category: 'trend',
  inputs: ['high', 'low'],
  parameters: [bars('conversion', 9), bars('base', 26), bars('span', 52)],
  outputs: ['conversion', 'base', 'span_a', 'span_b'],
  definition:
    'conversion = midprice(conversion); base = midprice(base); span_a: half their sum; span_b = midprice(span). ' +
    'The spans stand at the bar that they are made of: write `span_a[26]` for what a chart draws there.',
  reference: 'TA-Lib MIDPRICE',
  warmUpFormula: 'max(conversion, base, span) − 1',
  warmUp: (lengths: Parameters) => Math.max(...lengths) - 1,
  settle: () => 0,
  cost: () => 6,
  compute(
    [high, low]: [Column, Column],
    lengths: Parameters,
    [conversion, base, spanA, spanB]: [Column, Column, Column, Column],
  ) {
    const start = Math.max(...lengths) - 1
    middleOfRange(high, low, lengths[0], conversion)
    middleOfRange(high, low, lengths[1], base)
    middleOfRange(high, low, lengths[2], spanB)
    for (let bar = start; bar < spanA.length; bar++) {
      spanA[bar] = ((conversion[bar] as number) + (base[bar] as number)) / 2
    }
    for (const line of [conversion, base, spanB]) line.fill(Number.NaN, 0, start)
  },
}
