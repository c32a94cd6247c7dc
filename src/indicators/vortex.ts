import type { Column, Indicator } from './indicator.ts'
import { ratio } from './kernels/ratio.ts'
import { rollingSum } from './kernels/rolling-mean.ts'
import { sumOfRanges } from './kernels/true-range.ts'
import { bars } from './parameters.ts'

type Bars = [high: Column, low: Column, close: Column]

export const vortex: Indicator = {
  name: 'vortex',
  title: 'Vortex indicator',
  category: 'trend',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 14)],
  outputs: ['plus', 'minus'],
  definition:
    'The sums over `length` bars of |high − low before| (plus) and |low − high before| (minus), over that of the true ' +
    'range; 0 where there is none.',
  reference: 'Etienne Botes and Douglas Siepman 2010, a textbook form in the tests',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: () => 0,
  compute([high, low, close]: Bars, [length]: [number], [plus, minus]: [Column, Column]) {
    const ranges = sumOfRanges(high, low, close, length)
    rollingSum(distances(high, low), length, plus.subarray(1))
    rollingSum(distances(low, high), length, minus.subarray(1))
    for (let bar = length; bar < plus.length; bar++) {
      plus[bar] = ratio(plus[bar] as number, ranges[bar] as number)
      minus[bar] = ratio(minus[bar] as number, ranges[bar] as number)
    }
  },
}

/** From bar 1 on: how far one column is from what the other was at the bar before. */
function distances(column: Column, other: Column): Column {
  return column.subarray(1).map((value, bar) => Math.abs(value - (other[bar] as number)))
}
