import { randomUUIDv7 } from 'node:crypto'
import type { Config } from '../platform/config.ts'
import type { Tx } from '../platform/database/database.ts'
import { hashRevision } from './canonical-hash.ts'
import { createChunkCache } from './chunk-cache.ts'
import { lockDataset } from './datasets-repository.ts'
import { holdImport } from './imports-repository.ts'
import { type InstrumentFacts, saveInstrument, type TradingRules } from './instruments-repository.ts'
import { loadChunks } from './load-columns.ts'
import { makeChunk } from './make-chunk.ts'
import { mergeColumns, type OnConflict } from './merge-columns.ts'
import { joinQuality, type Quality } from './quality.ts'
import {
  findCurrentRevisionId,
  findRevisionChunks,
  findStagedChunks,
  insertChunk,
  insertRevision,
  type PlacedChunk,
  unstage,
} from './revisions-repository.ts'
import type { Columns, Series } from './series.ts'
import { lockStorage, requireStorageQuota } from './storage-usage.ts'

export type Target = {
  /** Null for everybody. */
  ownerId: string | null
  instrument: InstrumentFacts
  /** What the caller says of the instrument, which counts more than what is known. */
  changes: Partial<TradingRules>
  series: Series
  isSynthetic: boolean
  onConflict: OnConflict
}

export type Published = { datasetId: string; added: number; replaced: number }

type Merge = { chunk: PlacedChunk; added: number; replaced: number }

/** A staged chunk together with the one that is stored for its period. */
async function mergeChunk(
  tx: Tx,
  { ownerId, series, onConflict }: Target,
  staged: PlacedChunk,
  stored: PlacedChunk | undefined,
): Promise<Merge> {
  if (stored === undefined) return { chunk: staged, added: staged.bars, replaced: 0 }
  if (stored.hash.equals(staged.hash)) return { chunk: stored, added: 0, replaced: 0 }
  const [before, after] = (await loadChunks(tx, createChunkCache(0), [stored, staged])) as [Columns, Columns]
  const { columns, added, replaced } = mergeColumns(series, before, after, onConflict)
  const { facts, data } = await makeChunk(series, columns)
  const { key } = await insertChunk(tx, ownerId, facts, data)
  return { chunk: { ...facts, key, periodStart: staged.periodStart }, added, replaced }
}

function wholeQuality(series: Series, chunks: readonly PlacedChunk[]): Quality | null {
  if (series === 'funding') return null
  const parts = chunks.map(({ quality }) => quality as Quality)
  return parts.reduce((sum, part) => joinQuality(sum, part, series))
}

/**
 * Merges chunks into the target's dataset and makes the result its current revision. Transactions that publish into the
 * same dataset wait for each other.
 * @throws AppError `data_conflict`
 */
export async function publishChunks(
  tx: Tx,
  staged: readonly PlacedChunk[],
  target: Target,
  now: Date,
): Promise<Published> {
  const { ownerId, series } = target
  const instrumentId = await saveInstrument(tx, ownerId, target.instrument, target.changes, now)
  const datasetId = await lockDataset(tx, instrumentId, series, target.isSynthetic, now)
  const revisionId = await findCurrentRevisionId(tx, datasetId)
  const stored = revisionId === undefined ? [] : await findRevisionChunks(tx, revisionId)
  const chunks = new Map(stored.map((chunk) => [chunk.periodStart.getTime(), chunk]))
  let [added, replaced] = [0, 0]
  for (const chunk of staged) {
    const period = chunk.periodStart.getTime()
    const merge = await mergeChunk(tx, target, chunk, chunks.get(period))
    chunks.set(period, merge.chunk)
    added += merge.added
    replaced += merge.replaced
  }
  if (added + replaced > 0) {
    const all = [...chunks.values()].sort((a, b) => a.periodStart.getTime() - b.periodStart.getTime())
    const hash = hashRevision(
      series,
      all.map((chunk) => chunk.hash),
    )
    const quality = wholeQuality(series, all)
    const revision = { id: randomUUIDv7(), ownerId, datasetId, series, hash, quality, chunks: all }
    await insertRevision(tx, { ...revision, createdAt: now })
  }
  return { datasetId, added, replaced }
}

/**
 * Publishes what an import of a user has staged.
 * @throws AppError `data_conflict`, `storage_full`, `import_cancelled`
 */
export async function publishImport(
  { config, now }: { config: Config; now: Date },
  tx: Tx,
  importId: string,
  target: Target & { ownerId: string },
): Promise<Published> {
  await lockStorage(tx, target.ownerId)
  await holdImport(tx, importId)
  const published = await publishChunks(tx, await findStagedChunks(tx, importId), target, now)
  await unstage(tx, importId)
  if (published.added + published.replaced > 0) await requireStorageQuota(tx, config, target.ownerId)
  return published
}
