import type { Db } from '../platform/database/database.ts'
import { AppError } from '../platform/errors.ts'
import type { WorkBudget } from '../platform/limits/work-queue.ts'
import type { Candles } from './candles.ts'
import type { ChunkCache } from './chunk-cache.ts'
import { decodeChunk } from './chunk-codec.ts'
import { findChunkData, findRevisionChunks, type PlacedChunk } from './revisions-repository.ts'
import {
  type Columns,
  candlesOf,
  columnNames,
  type Funding,
  firstRowFrom,
  fundingOf,
  lengthOf,
  type Series,
  sliceColumns,
  timestampsOf,
} from './series.ts'

/** Chunks that are fetched by one statement at most: some 2 MB each, 6 at most. */
const CHUNKS_AT_ONCE = 4

/**
 * Decoded chunks in the order of `chunks`, from the cache where possible.
 * @throws AppError `data_changed` where a sweep has removed one meanwhile
 */
export async function loadChunks(
  db: Db,
  cache: ChunkCache,
  chunks: readonly PlacedChunk[],
): Promise<Columns[]> {
  const found = new Map<string, Columns>()
  const missing: Buffer[] = []
  for (const { key } of chunks) {
    const columns = cache.find(key.toString('hex'))
    if (columns === undefined) missing.push(key)
    else found.set(key.toString('hex'), columns)
  }
  for (let from = 0; from < missing.length; from += CHUNKS_AT_ONCE) {
    const rows = await findChunkData(db, missing.slice(from, from + CHUNKS_AT_ONCE))
    await Promise.all(
      rows.map(async ({ key, data }) => {
        const columns = await decodeChunk(data)
        cache.add(key.toString('hex'), columns)
        found.set(key.toString('hex'), columns)
      }),
    )
  }
  return chunks.map(({ key }) => {
    const columns = found.get(key.toString('hex'))
    if (columns === undefined) throw new AppError('data_changed')
    return columns
  })
}

/** What rows are read with: a place in a work queue among it. */
export type Reading = { db: Db; cache: ChunkCache; budget: WorkBudget }

/** All candles have the same columns. */
const CANDLES = '1m'

type Range = { from: number; to: number; before: number }

/** The chunks that hold a range, as far as they exist, and those that hold `before` rows in front of it. */
async function chunksOf(
  { db, cache }: Reading,
  chunks: readonly PlacedChunk[],
  { from, to, before }: Range,
): Promise<readonly PlacedChunk[]> {
  const found = chunks.findIndex(({ lastAt }) => lastAt.getTime() >= from)
  let first = found === -1 ? chunks.length : found
  const end = chunks.findLastIndex(({ firstAt }) => firstAt.getTime() < to) + 1
  const [head] = await loadChunks(db, cache, chunks.slice(first, Math.min(first + 1, end)))
  let earlier = head === undefined ? 0 : firstRowFrom(timestampsOf(head), from)
  while (earlier < before && first > 0) {
    first--
    earlier += (chunks[first] as PlacedChunk).bars
  }
  return chunks.slice(first, Math.max(first, end))
}

/** The rows of chunks in one piece of shared memory, filled a few chunks at a time; one chunk is not copied. */
async function joined(
  { db, cache, budget }: Reading,
  chunks: readonly PlacedChunk[],
  width: number,
): Promise<Columns> {
  const rows = chunks.reduce((sum, { bars }) => sum + bars, 0)
  budget.take(rows * width * 8)
  if (chunks.length === 1) return (await loadChunks(db, cache, chunks))[0] as Columns
  const memory = new SharedArrayBuffer(rows * width * 8)
  const columns = Array.from({ length: width }, (_, at) => new Float64Array(memory, at * rows * 8, rows))
  let row = 0
  for (let from = 0; from < chunks.length; from += CHUNKS_AT_ONCE) {
    budget.signal.throwIfAborted()
    for (const part of await loadChunks(db, cache, chunks.slice(from, from + CHUNKS_AT_ONCE))) {
      for (const [at, column] of columns.entries()) column.set(part[at] as Float64Array, row)
      row += lengthOf(part)
    }
  }
  return columns
}

async function loadColumns(
  reading: Reading,
  revisionId: string,
  series: Series,
  range: Range,
): Promise<Columns> {
  const chunks = await chunksOf(reading, await findRevisionChunks(reading.db, revisionId), range)
  const columns = await joined(reading, chunks, columnNames(series).length)
  const times = timestampsOf(columns)
  const start = firstRowFrom(times, range.from)
  return sliceColumns(columns, Math.max(0, start - range.before), firstRowFrom(times, range.to))
}

/**
 * Load the candles of a revision that open from `from` to before `to`, UTC in ms, and `before` bars more in front of
 * them, as far as they exist. They lie in shared memory; chunks are kept in the cache.
 * @throws AppError `work_too_large` when the budget has too little memory left
 */
export async function loadCandles(
  reading: Reading,
  revisionId: string,
  { from, to, before = 0 }: Partial<Range> & Pick<Range, 'from' | 'to'>,
): Promise<Candles> {
  return candlesOf(await loadColumns(reading, revisionId, CANDLES, { from, to, before }))
}

/** Load funding rates in the same way. */
export async function loadFunding(
  reading: Reading,
  revisionId: string,
  { from, to }: Pick<Range, 'from' | 'to'>,
): Promise<Funding> {
  return fundingOf(await loadColumns(reading, revisionId, 'funding', { from, to, before: 0 }))
}
