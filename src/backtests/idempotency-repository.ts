import type { Db } from '../platform/database/database.ts'
import type { BacktestRow } from '../platform/database/tables.ts'

/** What a key of the user's stood for since `since`. */
export async function findIdempotent(
  db: Db,
  userId: string,
  key: string,
  since: Date,
): Promise<{ row: BacktestRow; bodyHash: Buffer } | undefined> {
  const found = await db
    .selectFrom('idempotency_keys')
    .innerJoin('backtests', 'backtests.id', 'idempotency_keys.backtest_id')
    .selectAll('backtests')
    .select('idempotency_keys.body_hash')
    .where('idempotency_keys.user_id', '=', userId)
    .where('idempotency_keys.key', '=', key)
    .where('idempotency_keys.created_at', '>', since)
    .executeTakeFirst()
  if (found === undefined) return undefined
  const { body_hash: bodyHash, ...row } = found
  return { row, bodyHash }
}

export type IdempotencyKey = { userId: string; key: string; bodyHash: Buffer; backtestId: string }

/** Keeps what a key stands for, in place of an older meaning. */
export async function keepIdempotencyKey(
  db: Db,
  { userId, key, bodyHash, backtestId }: IdempotencyKey,
  now: Date,
): Promise<void> {
  const values = { body_hash: bodyHash, backtest_id: backtestId, created_at: now }
  await db
    .insertInto('idempotency_keys')
    .values({ user_id: userId, key, ...values })
    .onConflict((conflict) => conflict.columns(['user_id', 'key']).doUpdateSet(values))
    .execute()
}

/** Forgets keys that are older than `before`. */
export async function deleteOldKeys(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('idempotency_keys').where('created_at', '<', before).execute()
}
