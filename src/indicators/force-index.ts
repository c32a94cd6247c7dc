import type { Column, Indicator } from './indicator.ts'
import { changes } from './kernels/prices.ts'
import { alphaOf, exponentialAverage } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

export const forceIndex: Indicator = {
  name: 'force_index',
  title: "Elder's force index",
  category: 'volume',
  inputs: ['close', 'volume'],
  parameters: [bars('length', 13)],
  outputs: ['force_index'],
  definition: 'ema(volume·(close − close before), length).',
  reference: 'Alexander Elder 1993, TA-Lib EMA',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: ([length]: [number]) => settleOf(alphaOf(length)),
  compute([close, volume]: [Column, Column], [length]: [number], [out]: [Column]) {
    const force = changes(close).map((move, bar) => move * (volume[bar] as number))
    exponentialAverage(force.subarray(1), length, alphaOf(length), out.subarray(1))
  },
}
