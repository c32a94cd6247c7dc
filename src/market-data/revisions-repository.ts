import { sql } from 'kysely'
import type { Db } from '../platform/database/database.ts'
import type { Quality } from './quality.ts'
import type { Series } from './series.ts'

/** A chunk as it is stored, without its data. */
export type ChunkFacts = {
  hash: Buffer
  bytes: number
  bars: number
  firstAt: Date
  lastAt: Date
  /** Null for funding. */
  quality: Quality | null
}

export type PlacedChunk = ChunkFacts & { periodStart: Date }

type FactsRow = {
  period_start: Date
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
    hash: row.hash,
    bytes: row.bytes,
    bars: row.bars,
    firstAt: row.first_at,
    lastAt: row.last_at,
    quality: row.quality as Quality | null,
  }
}

/** Stores a chunk unless one with its hash is there already, which then has the same rows. */
export async function insertChunk(db: Db, chunk: ChunkFacts, data: Buffer): Promise<void> {
  await db
    .insertInto('chunks')
    .values({
      hash: chunk.hash,
      data,
      bytes: chunk.bytes,
      bars: chunk.bars,
      first_at: chunk.firstAt,
      last_at: chunk.lastAt,
      quality: JSON.stringify(chunk.quality),
    })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute()
}

const FACTS = [
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
    .innerJoin('chunks', 'chunks.hash', 'revision_chunks.hash')
    .select(['revision_chunks.period_start', ...FACTS])
    .where('revision_id', '=', revisionId)
    .orderBy('period_start')
    .execute()
  return rows.map(placedChunk)
}

/** What lies in the chunks with these hashes. */
export async function findChunkData(
  db: Db,
  hashes: readonly Buffer[],
): Promise<{ hash: Buffer; data: Buffer }[]> {
  const { rows } = await sql<{ hash: Buffer; data: Buffer }>`
    SELECT hash, data FROM chunks WHERE hash = ANY(${hashes}::bytea[])`.execute(db)
  return rows
}

/** Names a chunk as part of an import that is not published yet. */
export async function stageChunk(db: Db, importId: string, periodStart: Date, hash: Buffer): Promise<void> {
  await db
    .insertInto('staged_chunks')
    .values({ import_id: importId, period_start: periodStart, hash })
    .execute()
}

export async function findStagedChunks(db: Db, importId: string): Promise<PlacedChunk[]> {
  const rows = await db
    .selectFrom('staged_chunks')
    .innerJoin('chunks', 'chunks.hash', 'staged_chunks.hash')
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
    .returning('hash')
    .execute()
  await deleteUnnamedChunks(
    db,
    rows.map(({ hash }) => hash),
  )
}

export type NewRevision = {
  id: string
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
      dataset_id: datasetId,
      series: revision.series,
      hash: revision.hash,
      bars: chunks.reduce((sum, { bars }) => sum + bars, 0),
      bytes: chunks.reduce((sum, { bytes }) => sum + bytes, 0),
      first_at: (chunks[0] as PlacedChunk).firstAt,
      last_at: (chunks.at(-1) as PlacedChunk).lastAt,
      quality: JSON.stringify(revision.quality),
      created_at: createdAt,
      superseded_at: null,
    })
    .execute()
  const starts = chunks.map(({ periodStart }) => periodStart)
  const hashes = chunks.map(({ hash }) => hash)
  await sql`
    INSERT INTO revision_chunks (revision_id, period_start, hash)
    SELECT ${id}, * FROM unnest(${starts}::timestamptz[], ${hashes}::bytea[])`.execute(db)
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

/** Lets a revision stay, for something that has read it, until `releaseRevisions` of the same keeper. */
export async function keepRevision(db: Db, revisionId: string, keeperId: string): Promise<void> {
  await db
    .insertInto('revision_keepers')
    .values({ revision_id: revisionId, keeper_id: keeperId })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function releaseRevisions(db: Db, keeperId: string): Promise<void> {
  await db.deleteFrom('revision_keepers').where('keeper_id', '=', keeperId).execute()
}

/** Removes those of the chunks that nothing names. Who names one at this moment makes it fail, to be tried again. */
export async function deleteUnnamedChunks(db: Db, hashes: readonly Buffer[]): Promise<void> {
  if (hashes.length === 0) return
  await sql`
    DELETE FROM chunks WHERE hash = ANY(${hashes}::bytea[])
      AND NOT EXISTS (SELECT FROM revision_chunks WHERE revision_chunks.hash = chunks.hash)
      AND NOT EXISTS (SELECT FROM staged_chunks WHERE staged_chunks.hash = chunks.hash)`.execute(db)
}

/** Removes a batch of revisions that nobody keeps: of datasets that are gone, or replaced before `before`. */
export async function deleteOldRevisions(db: Db, before: Date, batch: number): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM (
      (SELECT id FROM dataset_revisions WHERE superseded_at < ${before}
        AND NOT EXISTS (SELECT FROM revision_keepers WHERE revision_id = id) LIMIT ${batch})
      UNION
      (SELECT id FROM dataset_revisions WHERE dataset_id IS NULL
        AND NOT EXISTS (SELECT FROM revision_keepers WHERE revision_id = id) LIMIT ${batch})
    ) AS old LIMIT ${batch}`.execute(db)
  const ids = rows.map(({ id }) => id)
  const { rows: named } = await sql<{ hash: Buffer }>`
    DELETE FROM revision_chunks WHERE revision_id = ANY(${ids}::uuid[]) RETURNING hash`.execute(db)
  await sql`DELETE FROM dataset_revisions WHERE id = ANY(${ids}::uuid[])`.execute(db)
  await deleteUnnamedChunks(
    db,
    named.map(({ hash }) => hash),
  )
  return ids.length
}
