import { randomUUIDv7 } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Tx } from '../platform/database/database.ts'
import { type EventPage, readEvents } from '../platform/database/event-log.ts'
import type { ImportRow, ImportSource, ImportState } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import type { OnConflict } from './merge-columns.ts'
import type { Series } from './series.ts'

const UNFINISHED: ImportState[] = ['queued', 'running']

export type NewImport = {
  userId: string
  source: ImportSource
  exchange: string
  symbol: string
  series: Series
  onConflict: OnConflict
  from: Date | null
  to: Date | null
}

export function insertImport(db: Db, wanted: NewImport, now: Date): Promise<ImportRow> {
  return db
    .insertInto('imports')
    .values({
      id: randomUUIDv7(),
      user_id: wanted.userId,
      source: wanted.source,
      state: wanted.source === 'upload' ? 'running' : 'queued',
      exchange: wanted.exchange,
      symbol: wanted.symbol,
      series: wanted.series,
      on_conflict: wanted.onConflict,
      range_from: wanted.from,
      range_to: wanted.to,
      next_from: wanted.from,
      dataset_id: null,
      error_code: null,
      error_detail: null,
      created_at: now,
      updated_at: now,
      finished_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** What a client sees of an import. */
export function shownImport(row: ImportRow) {
  const { series } = row
  return {
    id: row.id,
    source: row.source,
    state: row.state,
    data: series === 'funding' ? 'funding' : 'candles',
    exchange: row.exchange,
    symbol: row.symbol,
    timeframe: series === 'funding' ? null : series,
    from: row.range_from?.toISOString() ?? null,
    to: row.range_to?.toISOString() ?? null,
    on_conflict: row.on_conflict,
    dataset_id: row.dataset_id,
    progress: row.progress,
    bars_read: Number(row.bars_read),
    bars_added: Number(row.bars_added),
    error: row.error_code === null ? null : { code: row.error_code, detail: row.error_detail },
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  }
}

export type ImportChanges = {
  state?: ImportState
  progress?: number
  barsRead?: number
  barsAdded?: number
  nextFrom?: Date
  datasetId?: string
  failures?: number
  error?: { code: string; detail: string }
}

function columnsOf(changes: ImportChanges, now: Date) {
  const { state, error } = changes
  return {
    updated_at: now,
    ...(state === undefined ? {} : { state }),
    ...(changes.progress === undefined ? {} : { progress: changes.progress }),
    ...(changes.barsRead === undefined ? {} : { bars_read: changes.barsRead }),
    ...(changes.barsAdded === undefined ? {} : { bars_added: changes.barsAdded }),
    ...(changes.nextFrom === undefined ? {} : { next_from: changes.nextFrom }),
    ...(changes.datasetId === undefined ? {} : { dataset_id: changes.datasetId }),
    ...(changes.failures === undefined ? {} : { failures: changes.failures }),
    ...(error === undefined ? {} : { error_code: error.code, error_detail: error.detail }),
    ...(state === undefined || UNFINISHED.includes(state) ? {} : { finished_at: now }),
  }
}

/**
 * Changes an import that has not ended, and tells those who watch it.
 * @returns nothing where it has ended meanwhile: it was cancelled, or given up
 */
export async function recordImport(
  db: Db,
  id: string,
  changes: ImportChanges,
  now: Date,
): Promise<ImportRow | undefined> {
  const row = await db
    .updateTable('imports')
    .set({ ...columnsOf(changes, now), last_event: sql`last_event + 1` })
    .where('id', '=', id)
    .where('state', 'in', UNFINISHED)
    .returningAll()
    .executeTakeFirst()
  if (row !== undefined) {
    const event = changes.state ?? 'progress'
    const data = JSON.stringify(shownImport(row))
    await db
      .insertInto('import_events')
      .values({ import_id: id, number: row.last_event, event, data })
      .execute()
  }
  return row
}

export function findImport(db: Db, userId: string, id: string): Promise<ImportRow | undefined> {
  return db
    .selectFrom('imports')
    .selectAll()
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
}

/** An import that is to go on, for the job that does it. */
export function findUnfinishedImport(db: Db, id: string): Promise<ImportRow | undefined> {
  return db
    .selectFrom('imports')
    .selectAll()
    .where('id', '=', id)
    .where('state', 'in', UNFINISHED)
    .executeTakeFirst()
}

/**
 * Makes a deletion of the import, or of its account, wait until the transaction ends.
 * @throws AppError `import_cancelled` where it has ended or is gone
 */
export async function holdImport(tx: Tx, id: string): Promise<void> {
  const { rows } = await sql`
    SELECT FROM imports WHERE id = ${id} AND state IN ('queued', 'running') FOR KEY SHARE`.execute(tx)
  if (rows.length === 0) throw new AppError('import_cancelled')
}

/** The events of an import after a number. */
export function findImportEvents(db: Db, userId: string, id: string, after: number): Promise<EventPage> {
  return readEvents(db, 'imports', id, after, async () => {
    const row = await findImport(db, userId, id)
    return row && shownImport(row)
  })
}

export type ImportFilter = {
  state?: ImportState
  source?: ImportSource
  dataset_id?: string
  sort: 'created_at' | '-created_at'
  page: number
  limit: number
}

export async function findImports(
  db: Db,
  userId: string,
  { state, source, dataset_id, sort, page, limit }: ImportFilter,
): Promise<{ imports: ImportRow[]; total: number }> {
  let own = db.selectFrom('imports').where('user_id', '=', userId)
  if (state !== undefined) own = own.where('state', '=', state)
  if (source !== undefined) own = own.where('source', '=', source)
  if (dataset_id !== undefined) own = own.where('dataset_id', '=', dataset_id)
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  const [imports, { total }] = await Promise.all([
    own
      .selectAll()
      .orderBy('created_at', direction)
      .orderBy('id', direction)
      .limit(limit)
      .offset((page - 1) * limit)
      .execute(),
    own.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow(),
  ])
  return { imports, total }
}

export async function countUnfinishedImports(db: Db, userId: string): Promise<number> {
  const { count } = await db
    .selectFrom('imports')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('user_id', '=', userId)
    .where('state', 'in', UNFINISHED)
    .executeTakeFirstOrThrow()
  return count
}

/** Uploads whose process died: nothing was heard of them since `before`. */
export async function findLostUploads(db: Db, before: Date, batch: number): Promise<string[]> {
  const rows = await db
    .selectFrom('imports')
    .select('id')
    .where('source', '=', 'upload')
    .where('state', 'in', UNFINISHED)
    .where('updated_at', '<', before)
    .limit(batch)
    .execute()
  return rows.map(({ id }) => id)
}

/** Imports that have ended and still have staged chunks. */
export async function findLostStages(db: Db, batch: number): Promise<string[]> {
  const { rows } = await sql<{ import_id: string }>`
    SELECT DISTINCT import_id FROM staged_chunks JOIN imports ON imports.id = import_id
    WHERE imports.state NOT IN ('queued', 'running') LIMIT ${batch}`.execute(db)
  return rows.map(({ import_id }) => import_id)
}

/** Removes a batch of the records of imports that ended before `before`. @returns how many */
export async function deleteOldImports(db: Db, before: Date, batch: number): Promise<number> {
  const old = db.selectFrom('imports').select('id').where('finished_at', '<', before).limit(batch)
  const { numDeletedRows } = await db.deleteFrom('imports').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}

/** Removes the records of a user's ended imports beyond the newest ones. */
export async function deleteSurplusImports(db: Db, userId: string, kept: number): Promise<void> {
  await sql`
    DELETE FROM imports WHERE id IN (
      SELECT id FROM imports WHERE user_id = ${userId} AND finished_at IS NOT NULL
      ORDER BY created_at DESC, id DESC OFFSET ${kept})`.execute(db)
}
