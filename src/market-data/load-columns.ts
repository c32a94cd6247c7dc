import type { Db } from '../platform/database/database.ts'
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

/** Chunks that are fetched by one statement at most: some 2 MB each. */
const CHUNKS_AT_ONCE = 8

/** Decoded chunks in the order that was asked for, from the cache where they are there. */
export async function loadChunks(
  db: Db,
  cache: ChunkCache,
  chunks: readonly PlacedChunk[],
): Promise<Columns[]> {
  const found = new Map<string, Columns>()
  const missing: Buffer[] = []
  for (const { hash } of chunks) {
    const columns = cache.find(hash.toString('hex'))
    if (columns === undefined) missing.push(hash)
    else found.set(hash.toString('hex'), columns)
  }
  for (let from = 0; from < missing.length; from += CHUNKS_AT_ONCE) {
    const rows = await findChunkData(db, missing.slice(from, from + CHUNKS_AT_ONCE))
    await Promise.all(
      rows.map(async ({ hash, data }) => {
        const columns = await decodeChunk(data)
        cache.add(hash.toString('hex'), columns)
        found.set(hash.toString('hex'), columns)
      }),
    )
  }
  return chunks.map(({ hash }) => {
    const columns = found.get(hash.toString('hex'))
    if (columns === undefined) throw new Error('a chunk of a revision is gone')
    return columns
  })
}

/** One after another in one piece of shared memory; without a copy where there is only one. */
function concatenate(parts: readonly Columns[], width: number): Columns {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0]
  const rows = parts.reduce((sum, part) => sum + lengthOf(part), 0)
  const memory = new SharedArrayBuffer(width * rows * 8)
  return Array.from({ length: width }, (_, index) => {
    const column = new Float64Array(memory, index * rows * 8, rows)
    let at = 0
    for (const part of parts) {
      column.set(part[index] as Float64Array, at)
      at += lengthOf(part)
    }
    return column
  })
}

/** All candles have the same columns. */
const CANDLES = '1m'

type Range = { from: number; to: number; before: number }

async function loadColumns(
  db: Db,
  cache: ChunkCache,
  revisionId: string,
  series: Series,
  { from, to, before }: Range,
): Promise<Columns> {
  const chunks = await findRevisionChunks(db, revisionId)
  let first = chunks.findIndex(({ lastAt }) => lastAt.getTime() >= from)
  if (first === -1) first = chunks.length
  const end = chunks.findLastIndex(({ firstAt }) => firstAt.getTime() < to) + 1
  const parts = await loadChunks(db, cache, chunks.slice(first, Math.max(first, end)))
  let earlier = parts[0] === undefined ? 0 : firstRowFrom(timestampsOf(parts[0]), from)
  while (earlier < before && first > 0) {
    first--
    const [part] = await loadChunks(db, cache, chunks.slice(first, first + 1))
    parts.unshift(part as Columns)
    earlier += lengthOf(part as Columns)
  }
  const columns = concatenate(parts, columnNames(series).length)
  const start = firstRowFrom(timestampsOf(columns), from)
  return sliceColumns(columns, Math.max(0, start - before), firstRowFrom(timestampsOf(columns), to))
}

/**
 * The candles of a revision that open from `from` to before `to`, UTC in ms, and `before` bars more in front of them, as
 * far as they are there. They lie in shared memory; chunks are kept in `cache`.
 */
export async function loadCandles(
  db: Db,
  cache: ChunkCache,
  revisionId: string,
  from: number,
  to: number,
  before = 0,
): Promise<Candles> {
  return candlesOf(await loadColumns(db, cache, revisionId, CANDLES, { from, to, before }))
}

/** The same for a revision of funding rates. */
export async function loadFunding(
  db: Db,
  cache: ChunkCache,
  revisionId: string,
  from: number,
  to: number,
): Promise<Funding> {
  return fundingOf(await loadColumns(db, cache, revisionId, 'funding', { from, to, before: 0 }))
}
