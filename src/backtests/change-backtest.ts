import { sql } from 'kysely'
import type { BacktestRow } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { type BacktestChanges, deleteBacktest, findBacktest, updateBacktest } from './backtests-repository.ts'
import { lockRuns, requireResultsQuota } from './kept-bytes.ts'

/**
 * Changes the name, note or mark of a backtest.
 * @throws AppError `backtest_not_found`, `results_full` where it grows beyond the quota
 */
export async function changeBacktest(
  { db, config }: Pick<Platform, 'db' | 'config'>,
  userId: string,
  id: string,
  changes: BacktestChanges,
): Promise<BacktestRow> {
  return inTransaction(db, async (tx) => {
    await lockRuns(tx, userId)
    const before = await findBacktest(tx, userId, id)
    if (before === undefined) throw new AppError('backtest_not_found')
    const row = await updateBacktest(tx, userId, id, changes)
    if (row.bytes > before.bytes) await requireResultsQuota(tx, config, userId)
    return row
  })
}

/**
 * Deletes a backtest, and its result where no other backtest of the user has it.
 * @throws AppError `backtest_not_found`
 */
export async function removeBacktest(
  { db }: Pick<Platform, 'db'>,
  userId: string,
  { id, result_key: key }: BacktestRow,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockRuns(tx, userId)
    const isThere = await deleteBacktest(tx, userId, id)
    if (!isThere) throw new AppError('backtest_not_found')
    await sql`
      DELETE FROM backtest_results WHERE key = ${key}
        AND NOT EXISTS (SELECT FROM backtests WHERE result_key = ${key})`.execute(tx)
  })
}
