import type { Column, Indicator } from './indicator.ts'
import { ratio } from './kernels/ratio.ts'

export const nvi: Indicator = {
  name: 'nvi',
  title: 'Negative volume index',
  category: 'volume',
  inputs: ['close', 'volume'],
  parameters: [],
  outputs: ['nvi'],
  definition: '1000 at the first bar; grows as the close does at bars with less volume than the one before.',
  reference: 'Paul Dysart 1936 and Norman Fosback 1976, a textbook form in the tests',
  warmUpFormula: '0',
  warmUp: () => 0,
  settle: () => Number.POSITIVE_INFINITY,
  compute([close, volume]: [Column, Column], _parameters: [], [out]: [Column]) {
    volumeIndex(close, volume, -1, out)
  },
}

export const pvi: Indicator = {
  ...nvi,
  name: 'pvi',
  title: 'Positive volume index',
  outputs: ['pvi'],
  definition: '1000 at the first bar; grows as the close does at bars with more volume than the one before.',
  compute([close, volume]: [Column, Column], _parameters: [], [out]: [Column]) {
    volumeIndex(close, volume, 1, out)
  },
}

function volumeIndex(close: Column, volume: Column, direction: number, out: Column): void {
  let index = 1000
  out[0] = index
  for (let bar = 1; bar < out.length; bar++) {
    const before = close[bar - 1] as number
    const counts = Math.sign((volume[bar] as number) - (volume[bar - 1] as number)) === direction
    index += counts ? index * ratio((close[bar] as number) - before, before) : 0
    out[bar] = index
  }
}
