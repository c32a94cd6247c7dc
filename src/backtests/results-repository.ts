import { sql } from 'kysely'
import type { Db } from '../platform/database/database.ts'
import type { RunOutput } from './run-output.ts'
import { encodeTable } from './tables/table-codec.ts'

/** What of a result is kept as JSON: everything but its tables. */
export type Summary = Omit<RunOutput, 'daily' | 'trades' | 'orders'> & { engine: string; orders: number }

/** Keeps a result, unless an equal run has kept it. */
export async function insertResult(
  db: Db,
  key: Buffer,
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
  await db
    .insertInto('backtest_results')
    .values({
      key,
      summary: JSON.stringify(summary),
      daily: dailyData,
      trades: tradesData,
      orders: ordersData,
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute()
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

/** Removes a batch of results that no backtest has any more. */
export async function deleteUnusedResults(db: Db): Promise<void> {
  await sql`
    DELETE FROM backtest_results WHERE key IN (
      SELECT key FROM backtest_results r
      WHERE NOT EXISTS (SELECT FROM backtests WHERE result_key = r.key) LIMIT 100)`.execute(db)
}
