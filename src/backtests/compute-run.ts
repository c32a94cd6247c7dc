import { buyAndHold, heldEquity } from '../engine/buy-and-hold.ts'
import { type RunControl, RunStopped } from '../engine/control.ts'
import type { Market } from '../engine/market.ts'
import { dailyEquity } from '../engine/metrics/curve.ts'
import { type Metrics, measure } from '../engine/metrics/measure.ts'
import { sum } from '../engine/metrics/statistics.ts'
import type { SimulationOutcome } from '../engine/outcome.ts'
import { TRADE_FIELDS } from '../engine/outcome-records.ts'
import { Records } from '../engine/records.ts'
import type { PathRule } from '../engine/settings.ts'
import { simulate } from '../engine/simulate.ts'
import { periodEnd } from '../market-data/timeframe.ts'
import { ColumnMemory } from '../numerics/column-memory.ts'
import { createColumnCache } from '../strategies/language/column-cache.ts'
import { evaluatePlan } from '../strategies/language/evaluate-plan.ts'
import { gapsOf } from './gaps.ts'
import { hashEquity, hashTrades } from './outcome-hashes.ts'
import { orderColumns, tradeColumns } from './outcome-tables.ts'
import type { RunInput, RunMarket } from './run-input.ts'
import type { BarCurve, RunOutput, Scenario } from './run-output.ts'
import { warningsOf } from './run-warnings.ts'

/** A market of the run, with what the strategy says of it. */
export function marketOf(
  { plan, timeframe }: RunInput,
  market: RunMarket,
  memory: ColumnMemory = new ColumnMemory(),
  control: RunControl | null = null,
): Market {
  const { candles } = market
  const checkControl = () => {
    if (control && !control.goOn(0, 0)) throw new RunStopped()
  }
  const signals = evaluatePlan(plan, candles, createColumnCache(candles, 0, memory), checkControl)
  return { ...market, timeframe, signals }
}

type Simulated = { markets: readonly Market[]; outcome: SimulationOutcome; held: Float64Array }

function simulateInput(input: RunInput, control: RunControl | null, memory: ColumnMemory): Simulated {
  const markets = input.markets.map((market) => marketOf(input, market, memory, control))
  const outcome = simulate(markets, input.settings, control, memory)
  const held = heldEquity(
    buyAndHold(markets, input.settings),
    outcome.timestamp,
    input.settings.initialCapital,
  )
  return { markets, outcome, held }
}

/** The rows whose time is from `start` to before `end`. */
function within<Row>(records: Records<Row>, name: keyof Row, start: number, end: number): Records<Row> {
  const times = records.column(name)
  return records.filter((row) => (times[row] as number) >= start && (times[row] as number) < end)
}

/** A stretch of the run's instants, measured as if it were a run of its own. */
type Part = { from: number; to: number }

function measurePart(input: RunInput, { outcome, held }: Simulated, { from, to }: Part): Metrics {
  const { timestamp, equity } = outcome
  const start = timestamp[from] ?? Number.POSITIVE_INFINITY
  const end = timestamp[to] ?? Number.POSITIVE_INFINITY
  const before = (curve: Float64Array) => curve[from - 1] ?? input.settings.initialCapital
  return measure({
    curve: {
      timestamp: timestamp.subarray(from, to),
      equity: equity.subarray(from, to),
      initialCapital: before(equity),
    },
    end: periodEnd(timestamp[to - 1] ?? 0, input.timeframe),
    periodsPerYear: input.measure.periodsPerYear,
    trades: within(outcome.trades, 'exitTime', start, end),
    openTrades: to === timestamp.length ? outcome.openTrades : new Records(TRADE_FIELDS),
    fills: within(outcome.fills, 'time', start, end),
    buyAndHold: (held[to - 1] ?? Number.NaN) / before(held) - 1,
  })
}

function measureHalves(input: RunInput, simulated: Simulated): RunOutput['halves'] {
  const { fromOutOfSample } = input.measure
  if (fromOutOfSample === null) return null
  const { timestamp } = simulated.outcome
  const split = timestamp.findIndex((time) => time >= fromOutOfSample)
  const border = split === -1 ? timestamp.length : split
  return {
    inSample: measurePart(input, simulated, { from: 0, to: border }),
    outOfSample: measurePart(input, simulated, { from: border, to: timestamp.length }),
  }
}

function scenarioOf(
  input: RunInput,
  { markets, held }: Simulated,
  path: PathRule,
  control: RunControl | null,
): Scenario {
  const outcome = simulate(markets, { ...input.settings, path }, control)
  const metrics = measurePart(input, { markets, outcome, held }, { from: 0, to: outcome.timestamp.length })
  return { metrics, tradesHash: hashTrades(outcome), equityHash: hashEquity(outcome) }
}

/**
 * A whole run: signals, simulation, the scenarios where paths mattered, metrics and hashes.
 * @param memory which nothing of the output is in
 * @throws RunStopped where `control` says so
 */
export function computeRun(
  input: RunInput,
  control: RunControl | null = null,
  memory: ColumnMemory = new ColumnMemory(),
): RunOutput {
  const simulated = simulateInput(input, control, memory)
  const { markets, outcome, held } = simulated
  const instants = outcome.timestamp.length
  const daily = dailyEquity({ ...outcome, initialCapital: input.settings.initialCapital })
  const missing = markets.reduce((sum, market) => sum + gapsOf(market, input.settings).bars, 0)
  return {
    bars: instants,
    metrics: measurePart(input, simulated, { from: 0, to: instants }),
    halves: measureHalves(input, simulated),
    scenarios:
      outcome.ambiguousBars === 0
        ? null
        : {
            worst: scenarioOf(input, simulated, 'worst_case', control),
            best: scenarioOf(input, simulated, 'best_case', control),
          },
    daily: {
      ...daily,
      buyAndHold: dailyEquity({
        timestamp: outcome.timestamp,
        equity: held,
        initialCapital: input.settings.initialCapital,
      }).equity,
    },
    trades: tradeColumns(outcome.trades, outcome.openTrades),
    closedTrades: outcome.trades.length,
    openTrades: outcome.openTrades.length,
    orders: orderColumns(outcome.fills, outcome.refusals),
    refusalCounts: outcome.refusalCounts,
    ambiguousBars: outcome.ambiguousBars,
    resolvedBars: outcome.resolvedBars,
    ruinedAt: outcome.ruinedAt,
    gaps: { bars: missing, trades: sum(outcome.trades.column('acrossGap')) },
    warnings: warningsOf(input, simulated, missing),
    tradesHash: hashTrades(outcome),
    equityHash: hashEquity(outcome),
  }
}

/**
 * The equity of each bar, which is not kept.
 * @param memory which the output is in, to be copied before it is used again
 */
export function computeCurve(
  input: RunInput,
  control: RunControl | null = null,
  memory: ColumnMemory = new ColumnMemory(),
): BarCurve & { equityHash: string } {
  const { outcome, held } = simulateInput(input, control, memory)
  return {
    timestamp: outcome.timestamp,
    equity: outcome.equity,
    buyAndHold: held,
    equityHash: hashEquity(outcome),
  }
}
