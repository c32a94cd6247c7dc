import { sql } from 'kysely'
import type { Config } from '../platform/config.ts'
import type { Db, Tx } from '../platform/database/database.ts'
import { AppError } from '../platform/errors.ts'

/** What a strategy counts beside its versions: a name and a description of the greatest length fit in. */
const STRATEGY_BYTES = 10 * 1024
const MEGABYTE = 1024 * 1024

/** Bytes of a user's strategies with all their versions. */
export async function strategyBytes(db: Db, userId: string): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    SELECT (
      (SELECT ${STRATEGY_BYTES} * count(*) FROM strategies WHERE user_id = ${userId}) +
      (SELECT coalesce(sum(v.bytes), 0) FROM strategies s JOIN strategy_versions v ON v.strategy_id = s.id
        WHERE s.user_id = ${userId}))::float8 AS bytes`.execute(db)
  return (rows[0] as { bytes: number }).bytes
}

/**
 * Call it under the lock of the count, after a version was added.
 * @throws AppError `strategies_full`
 */
export async function requireStrategyQuota(tx: Tx, config: Config, userId: string): Promise<void> {
  const { bytesPerUser: quota } = config.strategies
  const bytes = await strategyBytes(tx, userId)
  if (bytes <= quota) return
  const shown = (value: number) => `${(value / MEGABYTE).toFixed(1)} MB`
  throw new AppError('strategies_full', {
    detail: `Your strategies and their versions would take ${shown(bytes)} of ${shown(quota)}. Delete a strategy permanently, or ask the operator for more.`,
    fields: { stored_bytes: String(bytes), quota_bytes: String(quota) },
  })
}
