import type { Column, Indicator } from './indicator.ts'
import { type Direction, directionalMoves, directionalSums, sumByWilder } from './kernels/directional.ts'
import { percent } from './kernels/ratio.ts'
import { exponentialAverage } from './kernels/smoothing.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

type Bars = [high: Column, low: Column, close: Column]

export const plusDi: Indicator = {
  name: 'plus_di',
  title: 'Plus directional indicator',
  category: 'trend',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 14, { min: 2 })],
  outputs: ['plus_di'],
  definition: '100·plus_dm(length) / T, T the true range summed as plus_dm is.',
  reference: 'TA-Lib PLUS_DI',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: ([length]: [number]) => settleOf(1 / length),
  compute([high, low, close]: Bars, [length]: [number], [out]: [Column]) {
    const { plus, range } = directionalSums(high, low, close, length)
    share(plus, range, length, out)
  },
}

export const minusDi: Indicator = {
  ...plusDi,
  name: 'minus_di',
  title: 'Minus directional indicator',
  outputs: ['minus_di'],
  definition: '100·minus_dm(length) / T, T the true range summed as minus_dm is.',
  reference: 'TA-Lib MINUS_DI',
  compute([high, low, close]: Bars, [length]: [number], [out]: [Column]) {
    const { minus, range } = directionalSums(high, low, close, length)
    share(minus, range, length, out)
  },
}

export const plusDm: Indicator = {
  ...plusDi,
  name: 'plus_dm',
  title: 'Plus directional movement',
  inputs: ['high', 'low'],
  outputs: ['plus_dm'],
  definition:
    'd = m + (1 − 1 / length)·d of the bar before, m = high − high before where that is positive and more than ' +
    'low before − low, else 0. Seed: the sum of the first length − 1 m.',
  reference: 'TA-Lib PLUS_DM',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  compute([high, low]: [Column, Column], [length]: [number], [out]: [Column]) {
    summed(directionalMoves(high, low).plus, length, out)
  },
}

export const minusDm: Indicator = {
  ...plusDm,
  name: 'minus_dm',
  title: 'Minus directional movement',
  outputs: ['minus_dm'],
  definition:
    'd = m + (1 − 1 / length)·d of the bar before, m = low before − low where that is positive and more than ' +
    'high − high before, else 0. Seed: the sum of the first length − 1 m.',
  reference: 'TA-Lib MINUS_DM',
  compute([high, low]: [Column, Column], [length]: [number], [out]: [Column]) {
    summed(directionalMoves(high, low).minus, length, out)
  },
}

export const dx: Indicator = {
  ...plusDi,
  name: 'dx',
  title: 'Directional movement index',
  outputs: ['dx'],
  definition: '100·|p − m| / (p + m), p = plus_di(length), m = minus_di(length); 0 where both are.',
  reference: 'TA-Lib DX',
  compute([high, low, close]: Bars, [length]: [number], [out]: [Column]) {
    contrast(directionalSums(high, low, close, length), length, out)
  },
}

export const adx: Indicator = {
  ...plusDi,
  name: 'adx',
  title: 'Average directional movement index',
  outputs: ['adx'],
  definition: 'dx(length), smoothed by a = 1 / length (Wilder). Seed: the mean of the first `length` values.',
  reference: 'TA-Lib ADX',
  warmUpFormula: '2·length − 1',
  warmUp: ([length]: [number]) => 2 * length - 1,
  settle: ([length]: [number]) => settleOf(1 / length, 2),
  compute([high, low, close]: Bars, [length]: [number], [out]: [Column]) {
    averageContrast(high, low, close, length, out)
  },
}

export const adxr: Indicator = {
  ...adx,
  name: 'adxr',
  title: 'Average directional movement rating',
  outputs: ['adxr'],
  definition: 'Half the sum of adx(length) and adx(length) of length − 1 bars ago.',
  reference: 'TA-Lib ADXR',
  warmUpFormula: '3·length − 2',
  warmUp: ([length]: [number]) => 3 * length - 2,
  compute([high, low, close]: Bars, [length]: [number], [out]: [Column]) {
    const average = new Float64Array(close.length)
    averageContrast(high, low, close, length, average)
    for (let bar = 3 * length - 2; bar < out.length; bar++) {
      out[bar] = ((average[bar] as number) + (average[bar - length + 1] as number)) / 2
    }
  },
}

function share(moves: Column, range: Column, from: number, out: Column): void {
  for (let bar = from; bar < out.length; bar++) {
    out[bar] = percent(moves[bar] as number, range[bar] as number)
  }
}

function summed(moves: Column, length: number, out: Column): void {
  sumByWilder(moves, length)
  out.set(moves.subarray(length - 1), length - 1)
}

function contrast({ plus, minus }: Direction, from: number, out: Column): void {
  for (let bar = from; bar < out.length; bar++) {
    const up = plus[bar] as number
    const down = minus[bar] as number
    out[bar] = percent(Math.abs(up - down), up + down)
  }
}

function averageContrast(high: Column, low: Column, close: Column, length: number, out: Column): void {
  const contrasts = new Float64Array(close.length)
  contrast(directionalSums(high, low, close, length), length, contrasts)
  exponentialAverage(contrasts.subarray(length), length, 1 / length, out.subarray(length))
}
