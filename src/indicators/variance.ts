import type { Column, Indicator } from './indicator.ts'
import { ratio } from './kernels/ratio.ts'
import { rollingSquares } from './kernels/rolling-variance.ts'
import { bars } from './parameters.ts'

export const variance: Indicator = {
  name: 'variance',
  title: 'Variance',
  category: 'statistic',
  inputs: ['source'],
  parameters: [bars('length', 20)],
  outputs: ['variance'],
  definition: 'Mean squared distance of the last `length` values from their mean (ddof 0).',
  reference: 'TA-Lib VAR, and two passes in the tests',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    rollingSquares(source, length, new Float64Array(out.length), out)
    for (let bar = length - 1; bar < out.length; bar++) out[bar] = (out[bar] as number) / length
  },
}

export const stddev: Indicator = {
  ...variance,
  name: 'stddev',
  title: 'Standard deviation',
  category: 'volatility',
  outputs: ['stddev'],
  definition: '√variance(length), so ddof 0.',
  reference: 'TA-Lib STDDEV, and two passes in the tests',
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    rollingSquares(source, length, new Float64Array(out.length), out)
    for (let bar = length - 1; bar < out.length; bar++) out[bar] = Math.sqrt((out[bar] as number) / length)
  },
}

export const zscore: Indicator = {
  ...variance,
  name: 'zscore',
  title: 'Standard score',
  outputs: ['zscore'],
  definition: '(x − sma(length)) / stddev(length); 0 where the deviation is.',
  reference: 'TA-Lib SMA and STDDEV',
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const squares = new Float64Array(out.length)
    rollingSquares(source, length, out, squares)
    for (let bar = length - 1; bar < out.length; bar++) {
      const deviation = Math.sqrt((squares[bar] as number) / length)
      out[bar] = ratio((source[bar] as number) - (out[bar] as number), deviation)
    }
  },
}
