import { sql } from 'kysely'
import type { Db, Tx } from '../platform/database/database.ts'
import type { StrategyVersionRow } from '../platform/database/tables.ts'

export type NewVersion = Omit<StrategyVersionRow, 'bytes'>
export type VersionHead = Omit<NewVersion, 'document' | 'strategy_id'>

/**
 * Counts up the newest version of a strategy and locks it until the transaction ends, so that everybody who adds one at
 * the same time gets another number.
 * @returns the number; nothing where the strategy is not there or archived
 */
export async function takeNumber(tx: Tx, strategyId: string, now: Date): Promise<number | undefined> {
  const row = await tx
    .updateTable('strategies')
    .set({ latest_version: sql`latest_version + 1`, updated_at: now })
    .where('id', '=', strategyId)
    .where('archived_at', 'is', null)
    .returning('latest_version')
    .executeTakeFirst()
  return row?.latest_version
}

export async function insertVersion(tx: Tx, { document, ...version }: NewVersion): Promise<void> {
  await tx
    .insertInto('strategy_versions')
    .values({ ...version, document: JSON.stringify(document) })
    .execute()
}

export async function findVersion(
  db: Db,
  strategyId: string,
  number: number,
): Promise<StrategyVersionRow | undefined> {
  return db
    .selectFrom('strategy_versions')
    .selectAll()
    .where('strategy_id', '=', strategyId)
    .where('number', '=', number)
    .executeTakeFirst()
}

/** A page of a strategy's versions, newest first. */
export async function findVersions(
  db: Db,
  strategyId: string,
  { page, limit, sort }: { page: number; limit: number; sort: 'number' | '-number' },
): Promise<{ versions: VersionHead[]; total: number }> {
  const all = db.selectFrom('strategy_versions').where('strategy_id', '=', strategyId)
  const [versions, { total }] = await Promise.all([
    all
      .select(['number', 'note', 'hash', 'created_at'])
      .orderBy('number', sort === 'number' ? 'asc' : 'desc')
      .limit(limit)
      .offset((page - 1) * limit)
      .execute(),
    all.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow(),
  ])
  return { versions, total }
}
