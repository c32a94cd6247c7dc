import type { Trade } from '../engine/outcome.ts'
import type { BacktestRow } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { roomOf } from './engine-room.ts'
import type { ExplainedBar } from './explain.ts'
import type { Order } from './outcome-tables.ts'
import { findOrders, findSummary, findTrades, type Summary } from './results-repository.ts'
import type { BarCurve } from './run-output.ts'
import { ENGINE_VERSION } from './run-spec.ts'
import { inputOf } from './runner.ts'

/** @throws AppError `backtest_unfinished` */
export async function summaryOf({ db }: Pick<Platform, 'db'>, row: BacktestRow): Promise<Summary> {
  if (row.state !== 'succeeded') throw new AppError('backtest_unfinished')
  return (await findSummary(db, row.result_key)) as Summary
}

export type Verification = {
  verified: boolean
  engine_version: string
  trades_hash: { stored: string; computed: string }
  equity_hash: { stored: string; computed: string }
}

/**
 * Runs a finished backtest again, from the rows it has read, and compares the hashes.
 * @throws AppError `backtest_unfinished`
 */
export async function verifyBacktest(
  platform: Platform,
  row: BacktestRow,
  signal: AbortSignal,
): Promise<Verification> {
  const summary = await summaryOf(platform, row)
  const { cache, threads } = roomOf(platform)
  const output = await threads.run(await inputOf({ db: platform.db, cache }, row), { signal })
  return {
    verified: output.tradesHash === summary.tradesHash && output.equityHash === summary.equityHash,
    engine_version: ENGINE_VERSION,
    trades_hash: { stored: summary.tradesHash, computed: output.tradesHash },
    equity_hash: { stored: summary.equityHash, computed: output.equityHash },
  }
}

/**
 * The equity of each bar, computed again and checked against the hash that was kept.
 * @throws AppError `backtest_unfinished`, `engine_changed`
 */
export async function curveOf(platform: Platform, row: BacktestRow, signal: AbortSignal): Promise<BarCurve> {
  const summary = await summaryOf(platform, row)
  const { cache, threads } = roomOf(platform)
  const curve = await threads.curve(await inputOf({ db: platform.db, cache }, row), { signal })
  if (curve.equityHash !== summary.equityHash) {
    if (summary.engine !== ENGINE_VERSION) throw new AppError('engine_changed')
    throw new Error(`backtest ${row.id}: computed again, the equity differs from what was kept`)
  }
  return curve
}

/**
 * What the rules said at the bar that holds `at` (UTC in ms), and what came of it.
 * @throws AppError `backtest_unfinished`
 */
export async function explainBacktest(
  platform: Platform,
  row: BacktestRow,
  at: number,
  signal: AbortSignal,
): Promise<(ExplainedBar & { orders: Order[]; signalled: Trade[] })[]> {
  await summaryOf(platform, row)
  const { cache, threads } = roomOf(platform)
  const [bars, orders, trades] = await Promise.all([
    inputOf({ db: platform.db, cache }, row).then((input) => threads.explain(input, at, { signal })),
    findOrders(platform.db, row.result_key),
    findTrades(platform.db, row.result_key),
  ])
  return bars.map((bar, market) => ({
    ...bar,
    orders: orders.filter((order) => order.market === market && order.time === bar.time),
    signalled: trades.filter((trade) => trade.market === market && trade.signalTime === bar.time),
  }))
}
