import type { Column, Indicator } from './indicator.ts'
import { bodies } from './kernels/prices.ts'
import { rollingSum } from './kernels/rolling-mean.ts'
import { bars } from './parameters.ts'

export const imi: Indicator = {
  name: 'imi',
  title: 'Intraday momentum index',
  category: 'momentum',
  inputs: ['open', 'close'],
  parameters: [bars('length', 14)],
  outputs: ['imi'],
  definition:
    '100·G / (G + L), the sums over `length` bars of close − open where it is positive, and of open − close where that ' +
    'is. 50 where neither is, which TA-Lib leaves out.',
  reference: 'TA-Lib IMI',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([open, close]: [Column, Column], [length]: [number], [out]: [Column]) {
    const moves = bodies(open, close)
    const fallen = new Float64Array(out.length)
    rollingSum(
      moves.map((move) => Math.max(move, 0)),
      length,
      out,
    )
    rollingSum(
      moves.map((move) => Math.max(-move, 0)),
      length,
      fallen,
    )
    for (let bar = length - 1; bar < out.length; bar++) {
      const rise = out[bar] as number
      const all = rise + (fallen[bar] as number)
      out[bar] = all === 0 ? 50 : 100 * (rise / all)
    }
  },
}
