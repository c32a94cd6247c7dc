import { hashRevision, hashRows } from './canonical-hash.ts'
import { loadChunks, type Reading } from './load-columns.ts'
import { type PlacedChunk, requireRevisionChunks } from './revisions-repository.ts'
import { type Columns, firstRowFrom, type Series, sliceColumns, timestampsOf } from './series.ts'

/** Rows that a run reads of a revision: which, how many, and their identity. */
export type RowsRead = {
  /** Time of the first row, UTC in ms; that of the first before the range where earlier ones were asked for. */
  from: number
  /** Rows inside the range, without those before it. */
  rows: number
  /** SHA-256, the same whatever lies outside the range. */
  hash: string
}

export type RowRange = { from: number; to: number; before: number }

type Place = { chunk: number; row: number }

/**
 * Loads no more than the chunks at the range's ends; the rest is known by its hash.
 * @throws AppError `data_changed` where the revision was removed meanwhile
 */
export async function readRowFacts(
  { db, cache, budget }: Reading,
  revisionId: string,
  series: Series,
  { from, to, before }: RowRange,
): Promise<RowsRead | undefined> {
  const chunks = await requireRevisionChunks(db, revisionId)
  const load = async (chunk: PlacedChunk) => {
    budget.signal.throwIfAborted()
    return (await loadChunks(db, cache, [chunk]))[0] as Columns
  }
  const placeOf = async (time: number): Promise<Place> => {
    const at = chunks.findIndex(({ lastAt }) => lastAt.getTime() >= time)
    const chunk = chunks[at]
    if (chunk === undefined) return { chunk: chunks.length, row: 0 }
    const isWhole = chunk.firstAt.getTime() >= time
    return { chunk: at, row: isWhole ? 0 : firstRowFrom(timestampsOf(await load(chunk)), time) }
  }
  const [first, end] = [await placeOf(from), await placeOf(to)]
  const rows = countRows(chunks, first, end)
  if (rows <= 0) return undefined
  const start = stepBack(chunks, first, before)
  const hashes: Buffer[] = []
  for (let at = start.chunk; at <= end.chunk; at++) {
    const chunk = chunks[at]
    if (chunk === undefined) break
    const cut = { from: at === start.chunk ? start.row : 0, to: at === end.chunk ? end.row : chunk.bars }
    if (cut.to === 0) break
    const isWhole = cut.from === 0 && cut.to === chunk.bars
    hashes.push(isWhole ? chunk.hash : hashRows(series, sliceColumns(await load(chunk), cut.from, cut.to)))
  }
  const head = chunks[start.chunk] as PlacedChunk
  const time =
    start.row === 0 ? head.firstAt.getTime() : (timestampsOf(await load(head))[start.row] as number)
  return { from: time, rows, hash: hashRevision(series, hashes).toString('hex') }
}

function countRows(chunks: readonly PlacedChunk[], first: Place, end: Place): number {
  const between = chunks.slice(first.chunk, end.chunk).reduce((sum, { bars }) => sum + bars, 0)
  return between - first.row + end.row
}

function stepBack(chunks: readonly PlacedChunk[], { chunk, row }: Place, rows: number): Place {
  let [at, left] = [chunk, rows - row]
  while (left > 0 && at > 0) {
    at--
    left -= (chunks[at] as PlacedChunk).bars
  }
  return { chunk: at, row: Math.max(0, -left) }
}
