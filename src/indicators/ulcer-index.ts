import type { Column, Indicator } from './indicator.ts'
import { percent } from './kernels/ratio.ts'
import { rollingMaximum } from './kernels/rolling-extremes.ts'
import { rollingMean } from './kernels/rolling-mean.ts'
import { bars } from './parameters.ts'

export const ulcerIndex: Indicator = {
  name: 'ulcer_index',
  title: 'Ulcer index',
  category: 'volatility',
  inputs: ['source'],
  parameters: [bars('length', 14)],
  outputs: ['ulcer_index'],
  definition:
    '√(mean of d² over `length` bars), d = 100·(x − H) / H, H the highest of the last `length` values at each bar.',
  reference: 'Peter Martin 1987, a textbook form in the tests',
  warmUpFormula: '2·(length − 1)',
  warmUp: ([length]: [number]) => 2 * (length - 1),
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const squares = new Float64Array(source.length)
    rollingMaximum(source, length, squares)
    for (let bar = length - 1; bar < squares.length; bar++) {
      const top = squares[bar] as number
      const depth = percent((source[bar] as number) - top, top)
      squares[bar] = depth * depth
    }
    rollingMean(squares.subarray(length - 1), length, out.subarray(length - 1))
    for (let bar = 2 * (length - 1); bar < out.length; bar++) out[bar] = Math.sqrt(out[bar] as number)
  },
}
