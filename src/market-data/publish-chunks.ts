import { randomUUIDv7 } from 'node:crypto'
import type { Config } from '../platform/config.ts'
import type { Tx } from '../platform/database/database.ts'
import { AppError } from '../platform/errors.ts'
import { hashRevision, hashRows } from './canonical-hash.ts'
import { createChunkCache } from './chunk-cache.ts'
import { encodeChunk } from './chunk-codec.ts'
import { lockDataset, lockStorage, storedBytes } from './datasets-repository.ts'
import { type InstrumentFacts, saveInstrument, type TradingRules } from './instruments-repository.ts'
import { loadChunks } from './load-columns.ts'
import { mergeColumns, type OnConflict } from './merge-columns.ts'
import { candlesQuality, joinQuality, type Quality } from './quality.ts'
import {
  type ChunkFacts,
  findCurrentRevisionId,
  findRevisionChunks,
  findStagedChunks,
  insertChunk,
  insertRevision,
  type PlacedChunk,
  unstage,
} from './revisions-repository.ts'
import { type Columns, candlesOf, lengthOf, type Series, timestampsOf } from './series.ts'

/** Rows as a chunk: what is told of it, and its bytes. */
export async function makeChunk(
  series: Series,
  columns: Columns,
): Promise<{ facts: ChunkFacts; data: Buffer }> {
  const data = await encodeChunk(columns)
  const times = timestampsOf(columns)
  const facts = {
    hash: hashRows(series, columns),
    bytes: data.length,
    bars: lengthOf(columns),
    firstAt: new Date(times[0] as number),
    lastAt: new Date(times.at(-1) as number),
    quality: series === 'funding' ? null : candlesQuality(candlesOf(columns), series),
  }
  return { facts, data }
}

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
  { series, onConflict }: Target,
  staged: PlacedChunk,
  stored: PlacedChunk | undefined,
): Promise<Merge> {
  if (stored === undefined) return { chunk: staged, added: staged.bars, replaced: 0 }
  if (stored.hash.equals(staged.hash)) return { chunk: stored, added: 0, replaced: 0 }
  const [before, after] = (await loadChunks(tx, createChunkCache(0), [stored, staged])) as [Columns, Columns]
  const { columns, added, replaced } = mergeColumns(series, before, after, onConflict)
  const { facts, data } = await makeChunk(series, columns)
  await insertChunk(tx, facts, data)
  return { chunk: { ...facts, periodStart: staged.periodStart }, added, replaced }
}

function wholeQuality(series: Series, chunks: readonly PlacedChunk[]): Quality | null {
  if (series === 'funding') return null
  const parts = chunks.map(({ quality }) => quality as Quality)
  return parts.reduce((sum, part) => joinQuality(sum, part, series))
}

const MEGABYTE = 1024 * 1024

async function refuseBeyondQuota(tx: Tx, config: Config, ownerId: string): Promise<void> {
  const { storageBytesPerUser } = config.market
  const bytes = await storedBytes(tx, ownerId)
  if (bytes <= storageBytesPerUser) return
  throw storageFull(bytes, storageBytesPerUser)
}

export function storageFull(bytes: number, quota: number): AppError {
  const shown = (value: number) => `${(value / MEGABYTE).toFixed(1)} MB`
  return new AppError('storage_full', {
    detail: `Your datasets would take ${shown(bytes)} of ${shown(quota)}. Delete some, or ask the operator for more.`,
    fields: { stored_bytes: String(bytes), quota_bytes: String(quota) },
  })
}

/**
 * Merges what an import has staged into the dataset and makes that its current revision. Whoever publishes into the same
 * dataset waits for the transaction's end, so that nothing is lost.
 * @throws AppError `data_conflict`, `storage_full`
 */
export async function publishChunks(
  { config, now }: { config: Config; now: Date },
  tx: Tx,
  importId: string,
  target: Target,
): Promise<Published> {
  const { ownerId, series } = target
  if (ownerId !== null) await lockStorage(tx, ownerId)
  const instrumentId = await saveInstrument(tx, ownerId, target.instrument, target.changes, now)
  const datasetId = await lockDataset(tx, instrumentId, series, target.isSynthetic, now)
  const revisionId = await findCurrentRevisionId(tx, datasetId)
  const stored = revisionId === undefined ? [] : await findRevisionChunks(tx, revisionId)
  const chunks = new Map(stored.map((chunk) => [chunk.periodStart.getTime(), chunk]))
  let [added, replaced] = [0, 0]
  for (const staged of await findStagedChunks(tx, importId)) {
    const period = staged.periodStart.getTime()
    const merge = await mergeChunk(tx, target, staged, chunks.get(period))
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
    await insertRevision(tx, {
      id: randomUUIDv7(),
      datasetId,
      series,
      hash,
      quality,
      chunks: all,
      createdAt: now,
    })
    if (ownerId !== null) await refuseBeyondQuota(tx, config, ownerId)
  }
  await unstage(tx, importId)
  return { datasetId, added, replaced }
}
