import { sql } from 'kysely'
import type { Config } from '../platform/config.ts'
import type { Db, Tx } from '../platform/database/database.ts'
import { AppError } from '../platform/errors.ts'

const MEGABYTE = 1024 * 1024

/** Makes transactions that add, change or remove backtests and results of one user wait for each other, so that quotas hold. */
export async function lockRuns(db: Db, userId: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`backtests ${userId}`}, 0))`.execute(db)
}

/** Bytes of a user's backtests and their results. */
export async function keptBytes(db: Db, userId: string): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    SELECT ((SELECT coalesce(sum(bytes), 0) FROM backtests WHERE user_id = ${userId}) +
      (SELECT coalesce(sum(bytes), 0) FROM backtest_results WHERE user_id = ${userId}))::float8 AS bytes`.execute(
    db,
  )
  return (rows[0] as { bytes: number }).bytes
}

/**
 * Call it under the lock of the user's runs, after the change.
 * @throws AppError `results_full`
 */
export async function requireResultsQuota(tx: Tx, config: Config, userId: string): Promise<void> {
  const { resultBytesPerUser: quota } = config.backtests
  const bytes = await keptBytes(tx, userId)
  if (bytes <= quota) return
  const shown = (value: number) => `${(value / MEGABYTE).toFixed(1)} MB`
  throw new AppError('results_full', {
    detail: `Your backtests and their results would take ${shown(bytes)} of ${shown(quota)}. Delete backtests that you no longer need, or ask the operator for more.`,
    fields: { stored_bytes: String(bytes), quota_bytes: String(quota) },
  })
}
