import type { Column, Indicator } from './indicator.ts'
import { runningSum } from './kernels/money-flow.ts'

export const obv: Indicator = {
  name: 'obv',
  title: 'On-balance volume',
  category: 'volume',
  inputs: ['close', 'volume'],
  parameters: [],
  outputs: ['obv'],
  definition: 'Sum from the first bar on of the volume where the close rose, less that where it fell.',
  reference: 'TA-Lib OBV',
  warmUpFormula: '0',
  warmUp: () => 0,
  settle: () => Number.POSITIVE_INFINITY,
  compute([close, volume]: [Column, Column], _parameters: [], [out]: [Column]) {
    const flow = volume.slice()
    for (let bar = 1; bar < flow.length; bar++) {
      const direction = Math.sign((close[bar] as number) - (close[bar - 1] as number))
      flow[bar] = direction * (volume[bar] as number)
    }
    runningSum(flow, out)
  },
}
