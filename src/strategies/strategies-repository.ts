import { sql } from 'kysely'
import type { Db, Tx } from '../platform/database/database.ts'
import type { StrategyRow } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'

export const STRATEGY_SORTS = [
  'name',
  '-name',
  'created_at',
  '-created_at',
  'updated_at',
  '-updated_at',
] as const

export type StrategyFilter = {
  /** Part of the name, in any case. */
  search?: string
  archived: 'no' | 'yes' | 'all'
  sort: (typeof STRATEGY_SORTS)[number]
  page: number
  limit: number
}

export async function insertStrategy(tx: Tx, strategy: StrategyRow): Promise<void> {
  await tx.insertInto('strategies').values(strategy).execute()
}

export async function findStrategy(db: Db, userId: string, id: string): Promise<StrategyRow | undefined> {
  return db
    .selectFrom('strategies')
    .selectAll()
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
}

/** A page of the caller's strategies, and how many there are in all. */
export async function findStrategies(
  db: Db,
  userId: string,
  { search, archived, sort, page, limit }: StrategyFilter,
): Promise<{ strategies: StrategyRow[]; total: number }> {
  let own = db.selectFrom('strategies').where('user_id', '=', userId)
  if (search !== undefined) own = own.where('name', 'ilike', `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`)
  if (archived !== 'all') own = own.where('archived_at', archived === 'yes' ? 'is not' : 'is', null)
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  const column = sort.replace('-', '') as 'name' | 'created_at' | 'updated_at'
  const [strategies, { total }] = await Promise.all([
    own
      .selectAll()
      .orderBy(column === 'name' ? sql`lower(name)` : column, direction)
      .orderBy('id', direction)
      .limit(limit)
      .offset((page - 1) * limit)
      .execute(),
    own.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow(),
  ])
  return { strategies, total }
}

/** @returns the strategy as it is then. @throws AppError `strategy_not_found` where the caller has no such one */
export async function updateStrategy(
  db: Db,
  userId: string,
  id: string,
  changes: Partial<Pick<StrategyRow, 'name' | 'description' | 'archived_at' | 'updated_at'>>,
): Promise<StrategyRow> {
  return db
    .updateTable('strategies')
    .set(changes)
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirstOrThrow(() => new AppError('strategy_not_found'))
}

/** Deletes a strategy with its versions and backtests. @returns whether the caller had it */
export async function deleteStrategy(db: Db, userId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('strategies')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Makes all that changes how many strategies a user has wait for each other, until the transaction ends. */
export async function lockCount(tx: Tx, userId: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`strategies of ${userId}`}, 0))`.execute(tx)
}

/** How many strategies a user has, by whether they are archived. Call it under the lock of the count. */
export async function countStrategies(tx: Tx, userId: string): Promise<{ active: number; total: number }> {
  return tx
    .selectFrom('strategies')
    .select([
      sql<number>`count(*) FILTER (WHERE archived_at IS NULL)::int`.as('active'),
      sql<number>`count(*)::int`.as('total'),
    ])
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
}
