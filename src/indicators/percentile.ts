import type { Column, Indicator } from './indicator.ts'
import { percentRanks } from './kernels/percent-rank.ts'
import { emptySortedWindow, insertValue, removeValue, type SortedWindow } from './kernels/sorted-window.ts'
import { bars, factor, LONGEST_COSTLY } from './parameters.ts'

const window = { max: LONGEST_COSTLY }

export const median: Indicator = {
  name: 'median',
  title: 'Median',
  category: 'statistic',
  inputs: ['source'],
  parameters: [bars('length', 20, window)],
  outputs: ['median'],
  definition: 'percentile(length, 50).',
  reference: 'A textbook form in the tests',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number]) => length - 1,
  settle: () => 0,
  cost: ([length]: readonly number[]) => 7 + (length as number) / 40,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    quantiles(source, length, 0.5, out)
  },
}

export const percentile: Indicator = {
  ...median,
  name: 'percentile',
  title: 'Percentile',
  parameters: [bars('length', 20, window), factor('percent', 50, 0, 100)],
  outputs: ['percentile'],
  definition:
    'The value under which `percent` of the last `length` values lie, between two of them in proportion (type 7).',
  warmUpFormula: 'length − 1',
  warmUp: ([length]: [number, number]) => length - 1,
  compute([source]: [Column], [length, percent]: [number, number], [out]: [Column]) {
    quantiles(source, length, percent / 100, out)
  },
}

export const percentRank: Indicator = {
  ...median,
  name: 'percent_rank',
  title: 'Percent rank',
  outputs: ['percent_rank'],
  definition: 'Share in percent of the `length` values before that are not above the newest.',
  reference: 'TradingView ta.percentrank, a textbook form in the tests',
  warmUpFormula: 'length',
  warmUp: ([length]: [number]) => length,
  compute([source]: [Column], [length]: [number], [out]: [Column]) {
    percentRanks(source, length, out)
  },
}

function quantiles(source: Column, length: number, share: number, out: Column): void {
  const sorted = emptySortedWindow(length)
  for (let bar = 0; bar < length - 1; bar++) insertValue(sorted, source[bar] as number)
  for (let bar = length - 1; bar < source.length; bar++) {
    insertValue(sorted, source[bar] as number)
    out[bar] = valueAt(sorted, share * (length - 1))
    removeValue(sorted, source[bar - length + 1] as number)
  }
}

/** Between the two values beside a place that is no whole number. */
function valueAt({ values }: SortedWindow, place: number): number {
  const below = Math.floor(place)
  const low = values[below] as number
  const high = values[Math.ceil(place)] as number
  return low + (high - low) * (place - below)
}
