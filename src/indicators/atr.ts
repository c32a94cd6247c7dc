import type { Column, Indicator } from './indicator.ts'
import { averageTrueRange, trueRange } from './kernels/true-range.ts'
import { bars } from './parameters.ts'
import { settleOf } from './settle.ts'

const TRUE_RANGE = 'True range: max(high, close before) − min(low, close before)'

export const trueRangeIndicator: Indicator = {
  name: 'true_range',
  title: 'True range',
  category: 'volatility',
  inputs: ['high', 'low', 'close'],
  parameters: [],
  outputs: ['true_range'],
  definition: `${TRUE_RANGE}.`,
  reference: 'TA-Lib TRANGE',
  warmUpFormula: '1',
  warmUp: () => 1,
  settle: () => 0,
  compute([high, low, close]: [Column, Column, Column], _parameters: [], [out]: [Column]) {
    trueRange(high, low, close, out)
  },
}

export const atr: Indicator = {
  name: 'atr',
  title: 'Average true range',
  category: 'volatility',
  inputs: ['high', 'low', 'close'],
  parameters: [bars('length', 14)],
  outputs: ['atr'],
  definition: `${TRUE_RANGE}, smoothed by a = 1 / length (Wilder). Seed: the mean of the first \`length\` true ranges.`,
  reference: 'TA-Lib ATR',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  settle: ([length]: [number]) => settleOf(1 / length),
  compute([high, low, close]: [Column, Column, Column], [length]: [number], [out]: [Column]) {
    averageTrueRange(high, low, close, length, out)
  },
}

export const natr: Indicator = {
  ...atr,
  name: 'natr',
  title: 'Normalized average true range',
  outputs: ['natr'],
  definition: '100·atr(length) / close.',
  reference: 'TA-Lib NATR',
  compute([high, low, close]: [Column, Column, Column], [length]: [number], [out]: [Column]) {
    averageTrueRange(high, low, close, length, out)
    for (let bar = length; bar < out.length; bar++) {
      out[bar] = (100 * (out[bar] as number)) / (close[bar] as number)
    }
  },
}
