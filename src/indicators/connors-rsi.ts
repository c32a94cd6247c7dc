import type { Column, Indicator } from './indicator.ts'
import { percentRanks } from './kernels/percent-rank.ts'
import { rateOfChange } from './kernels/rate-of-change.ts'
import { relativeStrength } from './kernels/relative-strength.ts'
import { bars, LONGEST_COSTLY } from './parameters.ts'
import { settleOf } from './settle.ts'

type Parameters = [length: number, streakLength: number, rankLength: number]

export const connorsRsi: Indicator = {
  name: 'connors_rsi',
  title: 'Connors RSI',
  category: 'momentum',
  inputs: ['source'],
  parameters: [
    bars('length', 3),
    bars('streak_length', 2),
    bars('rank_length', 100, { max: LONGEST_COSTLY }),
  ],
  outputs: ['connors_rsi'],
  definition:
    'Mean of rsi(length), of the rsi(streak_length) of the streak (bars in a row that rose, negative for falls, 0 for ' +
    'none), and of percent_rank(roc(1), rank_length).',
  reference: 'Larry Connors 2012, a textbook form in the tests',
  warmUpFormula: 'max(length, streak_length, rank_length + 1)',
  warmUp: ([length, streakLength, rankLength]: Parameters) => Math.max(length, streakLength, rankLength + 1),
  settle: ([length, streakLength]: Parameters) => settleOf(1 / Math.max(length, streakLength)),
  cost: () => 15,
  compute([source]: [Column], parameters: Parameters, [out]: [Column]) {
    const [length, streakLength, rankLength] = parameters
    const [strength, streakStrength] = [new Float64Array(out.length), new Float64Array(out.length)]
    const rates = new Float64Array(out.length)
    relativeStrength(source, length, strength)
    relativeStrength(streaks(source), streakLength, streakStrength)
    rateOfChange(source, 1, rates)
    percentRanks(rates.subarray(1), rankLength, out.subarray(1))
    const start = Math.max(length, streakLength, rankLength + 1)
    for (let bar = start; bar < out.length; bar++) {
      out[bar] = ((out[bar] as number) + (strength[bar] as number) + (streakStrength[bar] as number)) / 3
    }
    out.fill(Number.NaN, 0, start)
  },
}

function streaks(source: Column): Column {
  const out = new Float64Array(source.length)
  let streak = 0
  for (let bar = 1; bar < out.length; bar++) {
    const direction = Math.sign((source[bar] as number) - (source[bar - 1] as number))
    streak = direction === Math.sign(streak) ? streak + direction : direction
    out[bar] = streak
  }
  return out
}
