import type { Column, Indicator } from './indicator.ts'
import { ratio } from './kernels/ratio.ts'
import { rollingSum } from './kernels/rolling-mean.ts'
import { bars } from './parameters.ts'

/** Bars before the first value of weights 1, 2, 2, 1. */
const LAG = 3

export const rvgi: Indicator = {
  name: 'rvgi',
  title: 'Relative vigor index',
  category: 'momentum',
  inputs: ['open', 'high', 'low', 'close'],
  parameters: [bars('length', 10)],
  outputs: ['rvgi', 'signal'],
  definition:
    'rvgi: the sum over `length` bars of w(close − open) over that of w(high − low), 0 where there is none; ' +
    'signal = w(rvgi); w weights the last 4 bars 1, 2, 2, 1, over 6.',
  reference: 'John Ehlers 2002, a textbook form in the tests',
  warmUpFormula: 'length + 5',
  warmUp: ([length]: [number]) => LAG + length - 1 + LAG,
  settle: () => 0,
  compute(
    [open, high, low, close]: [Column, Column, Column, Column],
    [length]: [number],
    [line, signal]: [Column, Column],
  ) {
    const ranges = new Float64Array(close.length)
    rollingSum(weighted(close, open).subarray(LAG), length, line.subarray(LAG))
    rollingSum(weighted(high, low).subarray(LAG), length, ranges.subarray(LAG))
    const start = LAG + length - 1
    for (let bar = start; bar < line.length; bar++) {
      line[bar] = ratio(line[bar] as number, ranges[bar] as number)
    }
    for (let bar = start + LAG; bar < line.length; bar++) signal[bar] = weighAt(line, bar)
    line.fill(Number.NaN, 0, start + LAG)
  },
}

function weighted(a: Column, b: Column): Column {
  const difference = a.map((value, bar) => value - (b[bar] as number))
  const out = new Float64Array(a.length)
  for (let bar = LAG; bar < out.length; bar++) out[bar] = weighAt(difference, bar)
  return out
}

function weighAt(source: Column, bar: number): number {
  const ends = (source[bar] as number) + (source[bar - 3] as number)
  const middle = (source[bar - 1] as number) + (source[bar - 2] as number)
  return (ends + 2 * middle) / 6
}
