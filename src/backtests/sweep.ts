import { buyAndHold } from '../engine/buy-and-hold.ts'
import type { Market } from '../engine/market.ts'
import { drawdownsOf } from '../engine/metrics/curve.ts'
import { type Metrics, measure } from '../engine/metrics/measure.ts'
import { gainsAndLosses, sum } from '../engine/metrics/statistics.ts'
import type { SimulationOutcome } from '../engine/outcome.ts'
import type { RunSettings } from '../engine/settings.ts'
import { simulate } from '../engine/simulate.ts'
import { periodEnd } from '../market-data/timeframe.ts'
import { ColumnMemory } from '../numerics/column-memory.ts'
import { barePlanFor } from '../strategies/language/check-strategy.ts'
import { createColumnCache } from '../strategies/language/column-cache.ts'
import { evaluatePlan } from '../strategies/language/evaluate-plan.ts'
import type { StrategyTree } from '../strategies/language/strategy-tree.ts'

/** By name; what is left out has its default. */
export type Parameters = Readonly<Record<string, number | boolean>>

export type SweepInput = {
  tree: StrategyTree
  market: Omit<Market, 'signals'>
  settings: Omit<RunSettings, 'sizing' | 'limits'>
  periodsPerYear: number
}

/** What sets of parameters are ranked by. Money is quote currency, the others are fractions; NaN without trades. */
export type SweepSummary = {
  finalEquity: number
  trades: number
  maxDrawdown: number
  winRate: number
  profitFactor: number
  fees: number
}

/**
 * Runs a strategy over one market with one set of parameters after another, which share the columns of their
 * indicators. Gives null for values that the strategy does not allow.
 */
export class Sweep {
  private readonly input: SweepInput
  private readonly memory = new ColumnMemory()
  private readonly cache
  /** What buying and holding returns: the same for all. */
  private readonly heldReturn: number

  constructor(input: SweepInput) {
    this.input = input
    this.cache = createColumnCache(input.market.candles, undefined, this.memory)
    const [held] = buyAndHold([input.market], input.settings)
    this.heldReturn = (held?.equity.at(-1) ?? Number.NaN) / input.settings.initialCapital - 1
  }

  summary(parameters: Parameters): SweepSummary | null {
    const outcome = this.run(parameters)
    return outcome && summaryOf(outcome, this.input.settings)
  }

  metrics(parameters: Parameters): Metrics | null {
    const outcome = this.run(parameters)
    if (!outcome) return null
    const { market, settings, periodsPerYear } = this.input
    const { initialCapital } = settings
    const { timestamp, equity, trades, openTrades, fills } = outcome
    return measure({
      curve: { timestamp, equity, initialCapital },
      end: periodEnd(timestamp.at(-1) ?? 0, market.timeframe),
      periodsPerYear,
      trades,
      openTrades,
      fills,
      buyAndHold: this.heldReturn,
    })
  }

  private run(parameters: Parameters): SimulationOutcome | null {
    this.memory.reuse()
    const { tree, market, settings } = this.input
    const plan = barePlanFor(tree, parameters)
    if (!plan) return null
    const { sizing, limits } = plan
    const signals = evaluatePlan(plan, market.candles, this.cache)
    return simulate([{ ...market, signals }], { ...settings, sizing, limits }, null, this.memory)
  }
}

function summaryOf(
  { timestamp, equity, trades }: SimulationOutcome,
  { initialCapital }: Pick<RunSettings, 'initialCapital'>,
): SweepSummary {
  const profits = trades.column('netProfit')
  const { gains, losses } = gainsAndLosses(profits)
  let wins = 0
  for (const profit of profits) if (profit > 0) wins++
  return {
    finalEquity: equity.at(-1) ?? initialCapital,
    trades: trades.length,
    maxDrawdown: drawdownsOf({ timestamp, equity, initialCapital }).deepest,
    winRate: wins / trades.length,
    profitFactor: gains / losses,
    fees: sum(trades.column('fees')),
  }
}
