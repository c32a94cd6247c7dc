import type { Trade } from '../outcome.ts'
import type { Records } from '../records.ts'
import { deviation, gainsAndLosses, mean, sum } from './statistics.ts'

export type TradeStatistics = {
  count: number
  wins: number
  losses: number
  gains: number
  lost: number
  mean: number
  deviation: number
  best: number
  worst: number
  longestWins: number
  longestLosses: number
  /** Milliseconds between the opens of the entry's and the exit's bar. */
  meanDuration: number
  longestDuration: number
  /** Of trades, net profit over the notional at the entry. */
  meanReturn: number
  fees: number
  funding: number
}

/** What the closed trades come to. A win is a net profit above 0. */
export function tradeStatistics(trades: Records<Trade>): TradeStatistics {
  const profits = trades.column('netProfit')
  const [entries, exits] = [trades.column('entryTime'), trades.column('exitTime')]
  const [quantities, prices] = [trades.column('quantity'), trades.column('entryPrice')]
  const durations = exits.map((exit, at) => exit - (entries[at] as number))
  const returns = profits.map((profit, at) => profit / ((quantities[at] as number) * (prices[at] as number)))
  const { gains, losses: lost } = gainsAndLosses(profits)
  const wins = profits.reduce((sum, profit) => sum + (profit > 0 ? 1 : 0), 0)
  return {
    count: trades.length,
    wins,
    losses: trades.length - wins,
    gains,
    lost,
    mean: mean(profits),
    deviation: deviation(profits),
    best: profits.reduce((best, profit) => Math.max(best, profit), Number.NEGATIVE_INFINITY),
    worst: profits.reduce((worst, profit) => Math.min(worst, profit), Number.POSITIVE_INFINITY),
    longestWins: longestRun(profits, true),
    longestLosses: longestRun(profits, false),
    meanDuration: mean(durations),
    longestDuration: durations.reduce((longest, duration) => Math.max(longest, duration), 0),
    meanReturn: mean(returns),
    fees: sum(trades.column('fees')),
    funding: sum(trades.column('funding')),
  }
}

function longestRun(profits: Float64Array, winning: boolean): number {
  let [longest, run] = [0, 0]
  for (const profit of profits) {
    run = profit > 0 === winning ? run + 1 : 0
    if (run > longest) longest = run
  }
  return longest
}
