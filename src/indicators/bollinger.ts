import type { Column, Indicator } from './indicator.ts'
import { rollingSquares } from './kernels/rolling-variance.ts'
import { bars, factor } from './parameters.ts'

type Parameters = [length: number, deviations: number]

export const bollinger: Indicator = {
  name: 'bollinger',
  title: 'Bollinger bands',
  category: 'volatility',
  inputs: ['source'],
  parameters: [bars('length', 20), factor('deviations', 2, 0.01, 100)],
  outputs: ['middle', 'upper', 'lower'],
  definition:
    'middle: mean of the last `length` values; upper, lower: middle ± `deviations` standard deviations (ddof 0).',
  reference: 'TA-Lib BBANDS',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: Parameters) => length - 1,
  settle: () => 0,
  compute([source]: [Column], parameters: Parameters, [middle, upper, lower]: [Column, Column, Column]) {
    widths(source, parameters, middle, upper)
    for (let bar = 0; bar < source.length; bar++) {
      const mean = middle[bar] as number
      const width = upper[bar] as number
      upper[bar] = mean + width
      lower[bar] = mean - width
    }
  },
}

export const percentB: Indicator = {
  ...bollinger,
  name: 'percent_b',
  title: 'Bollinger %B',
  outputs: ['percent_b'],
  definition: '(x − lower) / (upper − lower) of bollinger(length, deviations); ½ where the bands meet.',
  reference: 'John Bollinger 1983, TA-Lib BBANDS',
  compute([source]: [Column], parameters: Parameters, [out]: [Column]) {
    const middle = new Float64Array(source.length)
    widths(source, parameters, middle, out)
    for (let bar = 0; bar < out.length; bar++) {
      const width = out[bar] as number
      const distance = (source[bar] as number) - (middle[bar] as number)
      out[bar] = width === 0 ? 0.5 : (distance + width) / (2 * width)
    }
  },
}

export const bandwidth: Indicator = {
  ...bollinger,
  name: 'bandwidth',
  title: 'Bollinger bandwidth',
  outputs: ['bandwidth'],
  definition: '100·(upper − lower) / middle of bollinger(length, deviations).',
  reference: 'John Bollinger 1983, TA-Lib BBANDS',
  compute([source]: [Column], parameters: Parameters, [out]: [Column]) {
    const middle = new Float64Array(source.length)
    widths(source, parameters, middle, out)
    for (let bar = 0; bar < out.length; bar++) {
      out[bar] = (200 * (out[bar] as number)) / (middle[bar] as number)
    }
  },
}

/** Mean, and distance of the bands from it. */
function widths(source: Column, [length, deviations]: Parameters, mean: Column, width: Column): void {
  rollingSquares(source, length, mean, width)
  for (let bar = length - 1; bar < width.length; bar++) {
    width[bar] = deviations * Math.sqrt((width[bar] as number) / length)
  }
}
