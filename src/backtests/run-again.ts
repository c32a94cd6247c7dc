import type { BacktestRow } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import type { WorkBudget } from '../platform/limits/work-queue.ts'
import type { Platform } from '../platform/platform.ts'
import { roomOf } from './engine-room.ts'
import { type BarEvents, eventsAt } from './events-at.ts'
import type { ExplainedBar } from './explain.ts'
import { findSummary, type Summary } from './results-repository.ts'
import type { RunInput } from './run-input.ts'
import type { BarCurve } from './run-output.ts'
import { ENGINE_VERSION } from './run-spec.ts'
import { inputOf, reservation } from './runner.ts'

/** @throws AppError `backtest_unfinished`; `backtest_not_found` where it is deleted meanwhile, with its result */
export async function summaryOf({ db }: Pick<Platform, 'db'>, row: BacktestRow): Promise<Summary> {
  if (row.state !== 'succeeded') throw new AppError('backtest_unfinished')
  const summary = await findSummary(db, row.result_key)
  if (summary === undefined) throw new AppError('backtest_not_found')
  return summary
}

export type Verification = {
  verified: boolean
  engine_version: string
  trades_hash: { stored: string; computed: string }
  equity_hash: { stored: string; computed: string }
}

/**
 * Load what a finished backtest depends on and compute something from it, with a place in the queue.
 * @throws AppError `backtest_unfinished`, `rate_limited`, `overloaded`, `work_too_large`, `work_too_long`
 */
export async function withRun<T>(
  platform: Platform,
  row: BacktestRow,
  signal: AbortSignal,
  task: (budget: WorkBudget, input: RunInput, summary: Summary) => Promise<T>,
): Promise<T> {
  const { db, work } = platform
  const summary = await summaryOf(platform, row)
  return work.compute.run({ ...reservation(platform, row), signal }, async (budget) =>
    task(budget, await inputOf({ db, cache: roomOf(platform).cache, budget }, row), summary),
  )
}

/**
 * Run a finished backtest again, from the rows that it read, and compare the hashes.
 * @throws AppError those of `withRun`
 */
export function verifyBacktest(
  platform: Platform,
  row: BacktestRow,
  signal: AbortSignal,
): Promise<Verification> {
  return withRun(platform, row, signal, async (budget, input, summary) => {
    const output = await roomOf(platform).threads.run(budget, input)
    return {
      verified: output.tradesHash === summary.tradesHash && output.equityHash === summary.equityHash,
      engine_version: ENGINE_VERSION,
      trades_hash: { stored: summary.tradesHash, computed: output.tradesHash },
      equity_hash: { stored: summary.equityHash, computed: output.equityHash },
    }
  })
}

/**
 * Compute the equity of each bar again, and check it against the hash that was stored.
 * @throws AppError `engine_changed`
 */
export async function curveAgain(
  platform: Platform,
  row: BacktestRow,
  budget: WorkBudget,
  input: RunInput,
  summary: Summary,
): Promise<BarCurve> {
  const curve = await roomOf(platform).threads.curve(budget, input)
  if (curve.equityHash !== summary.equityHash) {
    if (summary.engine !== ENGINE_VERSION) throw new AppError('engine_changed')
    throw new Error(`backtest ${row.id}: computed again, the equity differs from what was kept`)
  }
  return curve
}

/**
 * Explain the bar that holds `at` (UTC in ms): the values of the rules, and what resulted.
 * @throws AppError those of `withRun`
 */
export function explainBacktest(
  platform: Platform,
  row: BacktestRow,
  at: number,
  signal: AbortSignal,
): Promise<(ExplainedBar & BarEvents)[]> {
  return withRun(platform, row, signal, async (budget, input, summary) => {
    const bars = await roomOf(platform).threads.explain(budget, input, at)
    return eventsAt({ db: platform.db, budget }, row, summary, bars)
  })
}
