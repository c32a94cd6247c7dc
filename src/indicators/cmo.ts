import type { Column, Indicator } from './indicator.ts'
import { changes } from './kernels/prices.ts'
import { percent } from './kernels/ratio.ts'
import { exponentialAverage } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

export const cmo: Indicator = {
  name: 'cmo',
  title: 'Chande momentum oscillator',
  category: 'momentum',
  inputs: ['source'],
  parameters: [bars('length', 14)],
  outputs: ['cmo'],
  definition:
    '100·C / D, the change from bar to bar (C) and its size (D), each smoothed by a = 1 / length, as TA-Lib does it. ' +
    'Seed: the mean of the first `length` of each. 0 where nothing has moved.',
  reference: 'TA-Lib CMO',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: ([length]: [number]) => settleOf(1 / length),
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    const moves = changes(source).subarray(1)
    const sizes = new Float64Array(moves.length)
    const lines = out.subarray(1)
    exponentialAverage(moves, length, 1 / length, lines)
    exponentialAverage(moves.map(Math.abs), length, 1 / length, sizes)
    for (let bar = length - 1; bar < lines.length; bar++) {
      lines[bar] = percent(lines[bar] as number, sizes[bar] as number)
    }
  },
}
