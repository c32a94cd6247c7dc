import { sql } from 'kysely'
import type { Config } from '../platform/config.ts'
import type { Db } from '../platform/database/database.ts'
import type { BacktestRow } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { lockRuns, requireResultsQuota } from './kept-bytes.ts'
import type { RunOutput } from './run-output.ts'
import { encodeTable } from './tables/table-codec.ts'

/** What of a result is kept as JSON: everything but its tables. */
export type Summary = Omit<RunOutput, 'daily' | 'trades' | 'orders'> & { engine: string; orders: number }

/**
 * Keeps the result of a backtest, unless an equal run has kept it or the backtest was deleted meanwhile.
 * @throws AppError `results_full`
 */
export async function insertResult(
  { db, config }: { db: Db; config: Config },
  { result_key: key, user_id: userId }: Pick<BacktestRow, 'result_key' | 'user_id'>,
  engine: string,
  output: RunOutput,
  now: Date,
): Promise<Summary> {
  const { daily, trades, orders, ...rest } = output
  const summary: Summary = { ...rest, engine, orders: (orders[0] as Float64Array).length }
  const [dailyData, tradesData, ordersData] = await Promise.all([
    encodeTable([daily.day, daily.equity, daily.buyAndHold]),
    encodeTable(trades),
    encodeTable(orders),
  ])
  const text = JSON.stringify(summary)
  const bytes = Buffer.byteLength(text) + dailyData.length + tradesData.length + ordersData.length
  await inTransaction(db, async (tx) => {
    await lockRuns(tx, userId)
    const { numAffectedRows = 0n } = await sql`
      INSERT INTO backtest_results (key, user_id, summary, daily, trades, orders, bytes, created_at)
      SELECT ${key}, ${userId}, ${text}, ${dailyData}, ${tradesData}, ${ordersData}, ${bytes}, ${now}
      WHERE EXISTS (SELECT FROM backtests WHERE result_key = ${key})
      ON CONFLICT (key) DO NOTHING`.execute(tx)
    if (numAffectedRows > 0n) await requireResultsQuota(tx, config, userId)
  })
  return summary
}

export async function findSummary(db: Db, key: Buffer): Promise<Summary | undefined> {
  const row = await db
    .selectFrom('backtest_results')
    .select('summary')
    .where('key', '=', key)
    .executeTakeFirst()
  return row?.summary as Summary | undefined
}

/** Summaries by key, in hexadecimal. */
export async function findSummaries(db: Db, keys: readonly Buffer[]): Promise<Map<string, Summary>> {
  if (keys.length === 0) return new Map()
  const rows = await db
    .selectFrom('backtest_results')
    .select(['key', 'summary'])
    .where('key', 'in', keys)
    .execute()
  return new Map(rows.map(({ key, summary }) => [key.toString('hex'), summary as Summary]))
}

/** Removes the results that no backtest has any more, of a batch of users. */
export async function deleteUnusedResults(db: Db): Promise<void> {
  const { rows } = await sql<{ user_id: string }>`
    SELECT DISTINCT user_id FROM backtest_results
    WHERE user_id IS NOT NULL AND NOT EXISTS (SELECT FROM backtests WHERE result_key = key) LIMIT 100`.execute(
    db,
  )
  for (const { user_id: userId } of rows) {
    await inTransaction(db, async (tx) => {
      // A request that is about to name a known result has the lock: its backtest is seen afterwards.
      await lockRuns(tx, userId)
      await sql`
        DELETE FROM backtest_results WHERE user_id = ${userId}
          AND NOT EXISTS (SELECT FROM backtests WHERE result_key = key)`.execute(tx)
    })
  }
}

/** Removes a batch of the results that deleted accounts have left. @returns how many */
export async function deleteOwnerlessResults(db: Db, batch: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    DELETE FROM backtest_results WHERE key IN (
      SELECT key FROM backtest_results WHERE user_id IS NULL LIMIT ${batch})`.execute(db)
  return Number(numAffectedRows)
}
