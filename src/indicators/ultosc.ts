import type { Column, Indicator } from './indicator.ts'
import { ratio } from './kernels/ratio.ts'
import { rollingSum } from './kernels/rolling-mean.ts'
import { trueRange } from './kernels/true-range.ts'
import { bars } from './parameters.ts'

type Parameters = [short: number, middle: number, long: number]

export const ultosc: Indicator = {
  name: 'ultosc',
  title: 'Ultimate oscillator',
  category: 'momentum',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('short', 7), bars('middle', 14), bars('long', 28)],
  outputs: ['ultosc'],
  definition:
    '100·(4·A(short) + 2·A(middle) + A(long)) / 7, A(n) the sum over n bars of close − min(low, close before), over ' +
    'that of the true range; 0 where there is none.',
  reference: 'TA-Lib ULTOSC',
  warmUpFormula: 'max(short, middle, long)',
  warmUp: (lengths: Parameters) => Math.max(...lengths),
  settle: () => 0,
  cost: () => 6,
  compute([high, low, close]: [Column, Column, Column], lengths: Parameters, [out]: [Column]) {
    const pressure = new Float64Array(close.length)
    const range = new Float64Array(close.length)
    trueRange(high, low, close, range)
    for (let bar = 1; bar < close.length; bar++) {
      pressure[bar] = (close[bar] as number) - Math.min(low[bar] as number, close[bar - 1] as number)
    }
    const start = Math.max(...lengths)
    out.fill(0, start)
    for (const [i, length] of lengths.entries()) addShare(pressure, range, length, WEIGHTS[i] as number, out)
  },
}

const WEIGHTS = [400 / 7, 200 / 7, 100 / 7]

function addShare(pressure: Column, range: Column, length: number, weight: number, to: Column): void {
  const above = new Float64Array(to.length)
  const all = new Float64Array(to.length)
  rollingSum(pressure.subarray(1), length, above.subarray(1))
  rollingSum(range.subarray(1), length, all.subarray(1))
  for (let bar = length; bar < to.length; bar++) {
    to[bar] = (to[bar] as number) + weight * ratio(above[bar] as number, all[bar] as number)
  }
}
