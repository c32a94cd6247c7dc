import type { Column, Indicator } from './indicator.ts'
import { runningSum } from './kernels/money-flow.ts'
import { ratio } from './kernels/ratio.ts'

export const pvt: Indicator = {
  name: 'pvt',
  title: 'Price volume trend',
  category: 'volume',
  inputs: ['close', 'volume'],
  parameters: [],
  outputs: ['pvt'],
  definition: 'Sum from the second bar on of volume·(close − close before) / close before.',
  reference: 'TradingView Price Volume Trend, a textbook form in the tests',
  warmUpFormula: '0',
  warmUp: () => 0,
  settle: () => Number.POSITIVE_INFINITY,
  compute([close, volume]: [Column, Column], _parameters: [], [out]: [Column]) {
    const flow = new Float64Array(out.length)
    for (let bar = 1; bar < flow.length; bar++) {
      const before = close[bar - 1] as number
      flow[bar] = ratio((close[bar] as number) - before, before) * (volume[bar] as number)
    }
    runningSum(flow, out)
  },
}
