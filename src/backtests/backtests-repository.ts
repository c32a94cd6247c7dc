import { sql } from 'kysely'
import type { Db } from '../platform/database/database.ts'
import { brokenReference } from '../platform/database/database-errors.ts'
import { type EventPage, readEvents } from '../platform/database/event-log.ts'
import type { BacktestRow, InstrumentRow, RunState } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import { type ResultSummary, shownBacktest } from './backtest-view.ts'
import { findSummary } from './results-repository.ts'
import type { RunSpec } from './run-spec.ts'

export type NewBacktest = {
  id: string
  userId: string
  strategyId: string
  version: number
  name: string
  note: string
  key: Buffer
  spec: RunSpec
  work: number
  /** Memory that it is estimated to take. */
  bytes: number
  bars: number
}

/** How an instrument is traded. */
export function findRules(db: Db, instrumentId: string): Promise<InstrumentRow | undefined> {
  return db.selectFrom('instruments').selectAll().where('id', '=', instrumentId).executeTakeFirst()
}

/** Makes a deletion of the version wait until the transaction ends. @returns whether it still existed */
export async function lockVersion(tx: Db, strategyId: string, version: number): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM strategy_versions WHERE strategy_id = ${strategyId} AND number = ${version} FOR KEY SHARE`.execute(
    tx,
  )
  return rows.length > 0
}

/** A version of the caller's strategy, the newest where none is named. */
export function findVersion(
  db: Db,
  userId: string,
  strategyId: string,
  version: number | undefined,
): Promise<{ number: number; document: unknown; name: string } | undefined> {
  let query = db
    .selectFrom('strategy_versions as v')
    .innerJoin('strategies as s', 's.id', 'v.strategy_id')
    .select(['v.number', 'v.document', 's.name'])
    .where('s.id', '=', strategyId)
    .where('s.user_id', '=', userId)
  if (version !== undefined) query = query.where('v.number', '=', version)
  return query.orderBy('v.number', 'desc').limit(1).executeTakeFirst()
}

/** A version goes with its strategy. */
function withoutVersion(error: unknown): never {
  throw brokenReference(error) === 'backtests_version'
    ? new AppError('strategy_not_found', { cause: error })
    : error
}

/**
 * Writes a backtest down: as finished where its result is there already.
 * @throws AppError `strategy_not_found` where the strategy was deleted meanwhile
 */
export function insertBacktest(
  db: Db,
  wanted: NewBacktest,
  state: 'queued' | 'succeeded',
  now: Date,
): Promise<BacktestRow> {
  const isDone = state === 'succeeded'
  return db
    .insertInto('backtests')
    .values({
      id: wanted.id,
      user_id: wanted.userId,
      strategy_id: wanted.strategyId,
      version: wanted.version,
      name: wanted.name,
      note: wanted.note,
      result_key: wanted.key,
      run: JSON.stringify(wanted.spec),
      work: wanted.work,
      memory_bytes: wanted.bytes,
      state,
      bars_total: wanted.bars,
      bars_done: isDone ? wanted.bars : 0,
      last_event: 1,
      runner_id: null,
      heartbeat_at: null,
      error_code: null,
      error_detail: null,
      created_at: now,
      started_at: isDone ? now : null,
      finished_at: isDone ? now : null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
    .catch(withoutVersion)
}

export function findBacktest(db: Db, userId: string, id: string): Promise<BacktestRow | undefined> {
  return db
    .selectFrom('backtests')
    .selectAll()
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
}

/** The caller's own run of the same, which succeeded or is on its way. */
export function findEqualBacktest(
  db: Db,
  userId: string,
  strategyId: string,
  version: number,
  key: Buffer,
): Promise<BacktestRow | undefined> {
  return db
    .selectFrom('backtests')
    .selectAll()
    .where('user_id', '=', userId)
    .where('result_key', '=', key)
    .where('strategy_id', '=', strategyId)
    .where('version', '=', version)
    .where('state', 'in', ['queued', 'running', 'succeeded'])
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
}

const SORTS = { created_at: 'created_at', finished_at: 'finished_at', name: 'name' } as const

export type BacktestFilter = {
  strategyId?: string
  state?: RunState
  is_favourite?: boolean
  search?: string
  sort: string
  page: number
  limit: number
}

function matching(db: Db, userId: string, filter: BacktestFilter) {
  const { strategyId, state, is_favourite: isFavourite, search } = filter
  let query = db.selectFrom('backtests').where('user_id', '=', userId)
  if (strategyId !== undefined) query = query.where('strategy_id', '=', strategyId)
  if (state !== undefined) query = query.where('state', '=', state)
  if (isFavourite !== undefined) query = query.where('is_favourite', '=', isFavourite)
  if (search !== undefined) query = query.where('name', 'ilike', `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`)
  return query
}

/** A page of a user's backtests. */
export async function findBacktests(
  db: Db,
  userId: string,
  filter: BacktestFilter,
): Promise<{ rows: BacktestRow[]; total: number }> {
  const { sort, page, limit } = filter
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  const column = SORTS[sort.replace('-', '') as keyof typeof SORTS]
  const query = matching(db, userId, filter)
  const [rows, { total }] = await Promise.all([
    query
      .selectAll()
      .orderBy(column, direction)
      .orderBy('id', direction)
      .limit(limit)
      .offset((page - 1) * limit)
      .execute(),
    query.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow(),
  ])
  return { rows, total }
}

export type BacktestChanges = { name?: string; note?: string; is_favourite?: boolean }

/**
 * Changes the given fields of a backtest.
 * @throws AppError `backtest_not_found` where the user has no such backtest
 */
export function updateBacktest(
  db: Db,
  userId: string,
  id: string,
  { name, note, is_favourite: isFavourite }: BacktestChanges,
): Promise<BacktestRow> {
  return db
    .updateTable('backtests')
    .set({
      name: sql`coalesce(${name ?? null}, name)`,
      note: sql`coalesce(${note ?? null}, note)`,
      is_favourite: sql`coalesce(${isFavourite ?? null}, is_favourite)`,
    })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirstOrThrow(() => new AppError('backtest_not_found'))
}

export async function deleteBacktest(db: Db, userId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('backtests')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Tells those who watch a backtest how it stands. */
export async function recordEvent(db: Db, row: BacktestRow, summary: ResultSummary | null): Promise<void> {
  const event = row.state === 'running' ? 'progress' : row.state
  const data = JSON.stringify(shownBacktest(row, summary))
  await db
    .insertInto('backtest_events')
    .columns(['backtest_id', 'number', 'event', 'data'])
    // The lock keeps the foreign key valid; a backtest that was deleted meanwhile has no events.
    .expression((from) =>
      from
        .selectFrom('backtests')
        .select([
          'id',
          sql<number>`${row.last_event}::int`.as('number'),
          sql<string>`${event}::text`.as('event'),
          sql<string>`${data}::jsonb`.as('data'),
        ])
        .where('id', '=', row.id)
        .forKeyShare(),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** The events of a backtest after a number. */
export function findEvents(db: Db, userId: string, id: string, after: number): Promise<EventPage> {
  return readEvents(db, 'backtests', id, after, async () => {
    const row = await findBacktest(db, userId, id)
    if (row === undefined) return undefined
    const summary = row.state === 'succeeded' ? await findSummary(db, row.result_key) : undefined
    return shownBacktest(row, summary ?? null)
  })
}

/** Runs of a user that are not finished, and the work of the day. */
export async function usageOf(
  db: Db,
  userId: string,
  day: string,
): Promise<{ unfinished: number; work: number }> {
  const { rows } = await sql<{ unfinished: number; work: number }>`
    SELECT (SELECT count(*)::int FROM backtests WHERE user_id = ${userId} AND state IN ('queued', 'running'))
        AS unfinished,
      coalesce((SELECT work FROM backtest_work WHERE user_id = ${userId} AND day = ${day}), 0)::float8 AS work`.execute(
    db,
  )
  return rows[0] as { unfinished: number; work: number }
}

export async function addWork(db: Db, userId: string, day: string, work: number): Promise<void> {
  await db
    .insertInto('backtest_work')
    .values({ user_id: userId, day, work })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'day']).doUpdateSet({ work: sql`backtest_work.work + excluded.work` }),
    )
    .execute()
}

/** Removes a batch of progress events of backtests that ended before `before`. @returns how many */
export async function deleteOldProgress(db: Db, before: Date, batch: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    DELETE FROM backtest_events WHERE (backtest_id, number) IN (
      SELECT e.backtest_id, e.number FROM backtest_events e JOIN backtests b ON b.id = e.backtest_id
      WHERE e.event = 'progress' AND b.finished_at < ${before} LIMIT ${batch})`.execute(db)
  return Number(numAffectedRows)
}
