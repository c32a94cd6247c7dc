import { computeRun, marketOf } from '../../src/backtests/compute-run.ts'
import type { RunMarket } from '../../src/backtests/run-input.ts'
import { Sweep } from '../../src/backtests/sweep.ts'
import { buyAndHold, heldEquity } from '../../src/engine/buy-and-hold.ts'
import { measure } from '../../src/engine/metrics/measure.ts'
import { simulate } from '../../src/engine/simulate.ts'
import type { Candles } from '../../src/market-data/candles.ts'
import { periodEnd } from '../../src/market-data/timeframe.ts'
import { ColumnMemory } from '../../src/numerics/column-memory.ts'
import { checkStrategy } from '../../src/strategies/language/check-strategy.ts'
import type { StrategyTree } from '../../src/strategies/language/strategy-tree.ts'
import { answerRounds } from './answer-rounds.ts'
import { readBars } from './bars.ts'
import type { Summary } from './program.ts'
import {
  CROSS_STRATEGY,
  everythingInput,
  PARAMETER_SETS,
  parametersOf,
  runInput,
  TUNABLE_STRATEGY,
} from './strategy.ts'

/*
 * Ours as a contender. The first argument says how much of a run: `simulate` for signals, trades and the equity of
 * every bar, `metrics` with all metrics and buy and hold, `everything` for what a user gets, so with hashes and the
 * rest; `markets` is the first with everything on, on several markets; `sweep` and `sweep_metrics` are many runs with
 * other parameters. Files of bars follow.
 */

const [, , what = '', ...paths] = process.argv
// As a thread of a worker has it.
const memory = new ColumnMemory()
const candles = paths.map(readBars)
const input = what === 'markets' ? everythingInput(candles) : runInput(CROSS_STRATEGY, candles[0] as Candles)

function simulateOnce() {
  memory.reuse()
  const markets = input.markets.map((market) => marketOf(input, market, memory))
  const { trades, equity } = simulate(markets, input.settings, null, memory)
  return { trades: trades.length, final: equity.at(-1) ?? Number.NaN }
}

/** What others tell of a run, too. */
function measureOnce() {
  memory.reuse()
  const { settings, measure: asked, timeframe } = input
  const markets = input.markets.map((market) => marketOf(input, market, memory))
  const { timestamp, equity, trades, openTrades, fills } = simulate(markets, settings, null, memory)
  const held = heldEquity(buyAndHold(markets, settings), timestamp, settings.initialCapital)
  const metrics = measure({
    curve: { timestamp, equity, initialCapital: settings.initialCapital },
    end: periodEnd(timestamp.at(-1) ?? 0, timeframe),
    periodsPerYear: asked.periodsPerYear,
    trades,
    openTrades,
    fills,
    buyAndHold: (held.at(-1) ?? Number.NaN) / settings.initialCapital - 1,
  })
  return { trades: trades.length, final: settings.initialCapital + (metrics.net_profit ?? Number.NaN) }
}

function everythingOnce() {
  memory.reuse()
  const { closedTrades, metrics } = computeRun(input, null, memory)
  return { trades: closedTrades, final: input.settings.initialCapital + (metrics.net_profit ?? Number.NaN) }
}

const { tree } = checkStrategy(TUNABLE_STRATEGY)
const [market] = input.markets
const { settings, measure: asked } = input
/** Anew for each round, so that the columns of the indicators are computed in each. */
const openSweep = () =>
  new Sweep({
    tree: tree as StrategyTree,
    market: { ...(market as RunMarket), timeframe: input.timeframe },
    settings,
    periodsPerYear: asked.periodsPerYear,
  })

function sweepOnce(all: boolean) {
  const sweep = openSweep()
  let [trades, final] = [0, 0]
  for (let run = 0; run < PARAMETER_SETS; run++) {
    const parameters = parametersOf(run)
    if (all) {
      const metrics = sweep.metrics(parameters)
      trades += metrics?.trades ?? Number.NaN
      final += settings.initialCapital + (metrics?.net_profit ?? Number.NaN)
    } else {
      const summary = sweep.summary(parameters)
      trades += summary?.trades ?? Number.NaN
      final += summary?.finalEquity ?? Number.NaN
    }
  }
  return { trades, final }
}

const RUNS: Record<string, () => Summary> = {
  sweep: () => sweepOnce(false),
  sweep_metrics: () => sweepOnce(true),
  simulate: simulateOnce,
  metrics: measureOnce,
  everything: everythingOnce,
}
await answerRounds(RUNS[what] ?? simulateOnce)
