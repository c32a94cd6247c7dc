import { sql } from 'kysely'
import type { Db, Tx } from '../platform/database/database.ts'
import { AppError } from '../platform/errors.ts'
import { ownerKey } from '../platform/owner-key.ts'
import type { Quality } from './quality.ts'
import type { Series } from './series.ts'

/** The rows of a chunk in figures. */
export type ChunkValues = {
  hash: Buffer
  bytes: number
  bars: number
  firstAt: Date
  lastAt: Date
  /** Null for funding. */
  quality: Quality | null
}

/** A chunk as it is stored, without its data. */
export type ChunkFacts = ChunkValues & {
  /** Primary key: it belongs to one owner. */
  key: Buffer
}

export type PlacedChunk = ChunkFacts & { periodStart: Date }

type FactsRow = {
  period_start: Date
  key: Buffer
  hash: Buffer
  bytes: number
  bars: number
  first_at: Date
  last_at: Date
  quality: unknown
}

function placedChunk(row: FactsRow): PlacedChunk {
  return {
    periodStart: row.period_start,
    key: row.key,
    hash: row.hash,
    bytes: row.bytes,
    bars: row.bars,
    firstAt: row.first_at,
    lastAt: row.last_at,
    quality: row.quality as Quality | null,
  }
}

/**
 * Store a chunk unless the owner has one with the same rows.
 * @returns its key, and whether it was stored now
 */
export async function insertChunk(
  db: Db,
  ownerId: string | null,
  chunk: ChunkValues,
  data: Buffer,
): Promise<{ key: Buffer; isNew: boolean }> {
  const key = ownerKey(ownerId, chunk.hash)
  const { numInsertedOrUpdatedRows = 0n } = await db
    .insertInto('chunks')
    .values({
      key,
      owner_id: ownerId,
      hash: chunk.hash,
      data,
      bytes: chunk.bytes,
      bars: chunk.bars,
      first_at: chunk.firstAt,
      last_at: chunk.lastAt,
      quality: JSON.stringify(chunk.quality),
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .executeTakeFirstOrThrow()
  return { key, isNew: numInsertedOrUpdatedRows > 0n }
}

const FACTS = [
  'chunks.key',
  'chunks.hash',
  'chunks.bytes',
  'chunks.bars',
  'chunks.first_at',
  'chunks.last_at',
  'chunks.quality',
] as const

/** The chunks of a revision in time order. */
export async function findRevisionChunks(db: Db, revisionId: string): Promise<PlacedChunk[]> {
  const rows = await db
    .selectFrom('revision_chunks')
    .innerJoin('chunks', 'chunks.key', 'revision_chunks.chunk_key')
    .select(['revision_chunks.period_start', ...FACTS])
    .where('revision_id', '=', revisionId)
    .orderBy('period_start')
    .execute()
  return rows.map(placedChunk)
}

/**
 * The same of a revision that was current a moment ago.
 * @throws AppError `data_changed` where a sweep has removed it meanwhile
 */
export async function requireRevisionChunks(db: Db, revisionId: string): Promise<PlacedChunk[]> {
  const chunks = await findRevisionChunks(db, revisionId)
  if (chunks.length === 0) throw new AppError('data_changed')
  return chunks
}

/** The data of the chunks with these keys. */
export async function findChunkData(
  db: Db,
  keys: readonly Buffer[],
): Promise<{ key: Buffer; data: Buffer }[]> {
  const { rows } = await sql<{ key: Buffer; data: Buffer }>`
    SELECT key, data FROM chunks WHERE key = ANY(${keys}::bytea[])`.execute(db)
  return rows
}

/** Names a chunk as part of an import that is not published yet. */
export async function stageChunk(db: Db, importId: string, periodStart: Date, key: Buffer): Promise<void> {
  await db
    .insertInto('staged_chunks')
    .values({ import_id: importId, period_start: periodStart, chunk_key: key })
    .execute()
}

export async function findStagedChunks(db: Db, importId: string): Promise<PlacedChunk[]> {
  const rows = await db
    .selectFrom('staged_chunks')
    .innerJoin('chunks', 'chunks.key', 'staged_chunks.chunk_key')
    .select(['staged_chunks.period_start', ...FACTS])
    .where('import_id', '=', importId)
    .orderBy('period_start')
    .execute()
  return rows.map(placedChunk)
}

/** Forgets what an import had staged, with the chunks that nothing else names. */
export async function unstage(db: Db, importId: string): Promise<void> {
  const rows = await db
    .deleteFrom('staged_chunks')
    .where('import_id', '=', importId)
    .returning('chunk_key')
    .execute()
  await deleteUnnamedChunks(
    db,
    rows.map(({ chunk_key: key }) => key),
  )
}

export type NewRevision = {
  id: string
  ownerId: string | null
  datasetId: string
  series: Series
  hash: Buffer
  quality: Quality | null
  chunks: readonly PlacedChunk[]
  createdAt: Date
}

/** Makes a revision the dataset's current one. The dataset's row has to be locked. */
export async function insertRevision(db: Db, revision: NewRevision): Promise<void> {
  const { id, datasetId, chunks, createdAt } = revision
  await db
    .updateTable('dataset_revisions')
    .set({ superseded_at: createdAt })
    .where('dataset_id', '=', datasetId)
    .where('superseded_at', 'is', null)
    .execute()
  await db
    .insertInto('dataset_revisions')
    .values({
      id,
      owner_id: revision.ownerId,
      dataset_id: datasetId,
      series: revision.series,
      hash: revision.hash,
      bars: chunks.reduce((sum, { bars }) => sum + bars, 0),
      bytes: chunks.reduce((sum, { bytes }) => sum + bytes, 0),
      chunk_count: chunks.length,
      first_at: (chunks[0] as PlacedChunk).firstAt,
      last_at: (chunks.at(-1) as PlacedChunk).lastAt,
      quality: JSON.stringify(revision.quality),
      created_at: createdAt,
      superseded_at: null,
    })
    .execute()
  const starts = chunks.map(({ periodStart }) => periodStart)
  const keys = chunks.map(({ key }) => key)
  await sql`
    INSERT INTO revision_chunks (revision_id, period_start, chunk_key)
    SELECT ${id}, * FROM unnest(${starts}::timestamptz[], ${keys}::bytea[])`.execute(db)
}

/** The dataset's current revision, if it has one. */
export async function findCurrentRevisionId(db: Db, datasetId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('dataset_revisions')
    .select('id')
    .where('dataset_id', '=', datasetId)
    .where('superseded_at', 'is', null)
    .executeTakeFirst()
  return row?.id
}

/**
 * Keeps revisions for as long as the backtest exists.
 * @returns whether all of them still existed
 */
export async function keepRevisions(db: Db, ids: readonly string[], backtestId: string): Promise<boolean> {
  // The lock makes whoever wants to remove a revision wait, and find its keeper then.
  const { rows } = await sql`
    SELECT FROM dataset_revisions WHERE id = ANY(${ids}::uuid[]) FOR KEY SHARE`.execute(db)
  if (rows.length < ids.length) return false
  await sql`
    INSERT INTO revision_keepers (revision_id, backtest_id)
    SELECT id, ${backtestId} FROM unnest(${ids}::uuid[]) AS id ON CONFLICT DO NOTHING`.execute(db)
  return true
}

/** Removes those of the chunks that nothing names. If one is named meanwhile the transaction fails and runs again. */
export async function deleteUnnamedChunks(db: Db, keys: readonly Buffer[]): Promise<void> {
  if (keys.length === 0) return
  await sql`
    DELETE FROM chunks WHERE key = ANY(${keys}::bytea[])
      AND NOT EXISTS (SELECT FROM revision_chunks WHERE chunk_key = key)
      AND NOT EXISTS (SELECT FROM staged_chunks WHERE chunk_key = key)`.execute(db)
}

/** Removes a batch of the chunks that deleted accounts have left. @returns how many */
export async function deleteOwnerlessChunks(db: Db, batch: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    DELETE FROM chunks WHERE key IN (
      SELECT key FROM chunks WHERE owner_id IS NULL AND key <> hash LIMIT ${batch})`.execute(db)
  return Number(numAffectedRows)
}

async function deleteRevisions(tx: Tx, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0
  const { rows } = await sql<{ key: Buffer }>`
    DELETE FROM revision_chunks WHERE revision_id = ANY(${ids}::uuid[]) RETURNING chunk_key AS key`.execute(
    tx,
  )
  await sql`DELETE FROM dataset_revisions WHERE id = ANY(${ids}::uuid[])`.execute(tx)
  await deleteUnnamedChunks(
    tx,
    rows.map(({ key }) => key),
  )
  return ids.length
}

/** Removes a batch of revisions that no backtest keeps: of deleted datasets, or replaced before `before`. */
export async function deleteOldRevisions(tx: Tx, before: Date, batch: number): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM (
      (SELECT id FROM dataset_revisions WHERE superseded_at < ${before}
        AND NOT EXISTS (SELECT FROM revision_keepers WHERE revision_id = id) LIMIT ${batch})
      UNION
      (SELECT id FROM dataset_revisions WHERE dataset_id IS NULL
        AND NOT EXISTS (SELECT FROM revision_keepers WHERE revision_id = id) LIMIT ${batch})
    ) AS old LIMIT ${batch}`.execute(tx)
  return deleteRevisions(
    tx,
    rows.map(({ id }) => id),
  )
}

/** Removes a batch of an owner's revisions whose dataset is deleted and that no backtest keeps. */
export async function deleteUnusedRevisions(tx: Tx, ownerId: string, batch: number): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM dataset_revisions WHERE owner_id = ${ownerId} AND dataset_id IS NULL
      AND NOT EXISTS (SELECT FROM revision_keepers WHERE revision_id = id) LIMIT ${batch}`.execute(tx)
  return deleteRevisions(
    tx,
    rows.map(({ id }) => id),
  )
}
