import { computeRun, marketOf } from '../../src/backtests/compute-run.ts'
import { simulate } from '../../src/engine/simulate.ts'
import { answerRounds } from './answer-rounds.ts'
import { readBars } from './bars.ts'
import { CROSS_STRATEGY, runInput } from './strategy.ts'

/*
 * Ours as a contender. The first argument says how much of a run: `simulate` for signals, trades and the equity of
 * every bar, `everything` for what a user gets: metrics, buy and hold, hashes too. The second is the file of bars.
 */

const [, , what = '', path = ''] = process.argv
const input = runInput(CROSS_STRATEGY, readBars(path))

function simulateOnce() {
  const { trades, equity } = simulate(
    input.markets.map((market) => marketOf(input, market)),
    input.settings,
  )
  return { trades: trades.length, final: equity.at(-1) ?? Number.NaN }
}

function everythingOnce() {
  const { trades, metrics } = computeRun(input)
  return { trades: trades.length, final: input.settings.initialCapital + (metrics.net_profit ?? Number.NaN) }
}

await answerRounds(what === 'everything' ? everythingOnce : simulateOnce)
