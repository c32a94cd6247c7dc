import type { Column, Indicator } from './indicator.ts'
import { changes } from './kernels/prices.ts'
import { ratio } from './kernels/ratio.ts'
import { rollingMaximum, rollingMinimum } from './kernels/rolling-extremes.ts'
import { rollingSum } from './kernels/rolling-mean.ts'
import { bars } from './parameters.ts'

export const vhf: Indicator = {
  name: 'vhf',
  title: 'Vertical horizontal filter',
  category: 'trend',
  inputs: ['source'],
  parameters: [bars('length', 28)],
  outputs: ['vhf'],
  definition:
    '(H − L) / Σ|x − x before|, H and L the highest and lowest of the last `length` values, the sum over `length` ' +
    'moves; 0 where there is none.',
  reference: 'Adam White 1991, TA-Lib MAX, MIN and SUM',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const [lowest, way] = [new Float64Array(out.length), new Float64Array(out.length)]
    rollingSum(changes(source).map(Math.abs).subarray(1), length, way.subarray(1))
    rollingMaximum(source, length, out)
    rollingMinimum(source, length, lowest)
    for (let bar = length; bar < out.length; bar++) {
      out[bar] = ratio((out[bar] as number) - (lowest[bar] as number), way[bar] as number)
    }
    out[length - 1] = Number.NaN
  },
}
