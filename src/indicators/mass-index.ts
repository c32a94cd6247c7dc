import type { Column, Indicator } from './indicator.ts'
import { ratio } from './kernels/ratio.ts'
import { rollingSum } from './kernels/rolling-mean.ts'
import { alphaOf, exponentialChain } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

type Parameters = [length: number, smooth: number]

export const massIndex: Indicator = {
  name: 'mass_index',
  title: 'Mass index',
  category: 'trend',
  inputs: ['high', 'low'],
  parameters: [bars('length', 25), bars('smooth', 9)],
  outputs: ['mass_index'],
  definition:
    'Sum over `length` bars of e₁ / e₂, e₁ = ema(high − low, smooth), e₂ = ema(e₁, smooth); 0 where there is no range.',
  reference: 'Donald Dorsey 1992, TA-Lib EMA and SUM',
  warmUpFormula: '2·(smooth − 1) + length − 1',
  warmUp: ([length, smooth]: Parameters) => 2 * (smooth - 1) + length - 1,
  settle: ([, smooth]: Parameters) => settleOf(alphaOf(smooth), 2),
  compute([high, low]: [Column, Column], [length, smooth]: Parameters, [out]: [Column]) {
    const ranges = high.map((value, bar) => value - (low[bar] as number))
    const [once, twice] = exponentialChain(ranges, smooth, 2) as [Column, Column]
    const start = 2 * (smooth - 1)
    const ratios = once.map((value, bar) => ratio(value, twice[bar] as number))
    rollingSum(ratios.subarray(start), length, out.subarray(start))
  },
}
