import { setImmediate } from 'node:timers/promises'
import { resample } from './candles.ts'
import type { Dataset } from './datasets-repository.ts'
import { loadChunks, type Reading } from './load-columns.ts'
import { requireRevisionChunks } from './revisions-repository.ts'
import {
  type Columns,
  candleColumns,
  candlesOf,
  firstRowFrom,
  lengthOf,
  sliceColumns,
  timestampsOf,
} from './series.ts'
import { periodEnd, periodStart, type Timeframe } from './timeframe.ts'

/** Rows of a dataset that begin from `from` to before `to`, UTC in ms, in the timeframe that is asked for. */
export type Wanted = { from: number; to: number; timeframe: Timeframe | undefined; limit: number }

/** The rows in pieces, a chunk at a time, so that any range can be read with little memory. */
async function* readPieces(
  { db, cache, budget }: Reading,
  { revisionId }: Pick<Dataset, 'revisionId'>,
  from: number,
  to: number,
): AsyncGenerator<Columns> {
  const chunks = await requireRevisionChunks(db, revisionId)
  for (const chunk of chunks) {
    if (chunk.lastAt.getTime() < from || chunk.firstAt.getTime() >= to) continue
    budget.signal.throwIfAborted()
    const [columns] = (await loadChunks(db, cache, [chunk])) as [Columns]
    const times = timestampsOf(columns)
    yield sliceColumns(columns, firstRowFrom(times, from), firstRowFrom(times, to))
    // Chunks in memory are found without a pause.
    await setImmediate()
  }
}

function prepend(row: Columns, columns: Columns): Columns {
  return columns.map((column, index) => {
    const longer = new Float64Array(column.length + 1)
    longer[0] = row[index]?.[0] as number
    longer.set(column, 1)
    return longer
  })
}

/** Larger bars. The last one of a piece may go on in the next, so it waits. */
async function* resampled(pieces: AsyncIterable<Columns>, timeframe: Timeframe): AsyncGenerator<Columns> {
  let open: Columns | undefined
  for await (const piece of pieces) {
    const whole = open === undefined ? piece : prepend(open, piece)
    const bars = candleColumns(resample(candlesOf(whole), timeframe))
    const last = Math.max(0, lengthOf(bars) - 1)
    yield sliceColumns(bars, 0, last)
    open = sliceColumns(bars, last, lengthOf(bars))
  }
  if (open !== undefined) yield open
}

async function* limited(pieces: AsyncIterable<Columns>, limit: number): AsyncGenerator<Columns> {
  let left = limit
  for await (const piece of pieces) {
    if (lengthOf(piece) === 0) continue
    yield sliceColumns(piece, 0, left)
    left -= lengthOf(piece)
    if (left <= 0) return
  }
}

function alignedUp(time: number, timeframe: Timeframe): number {
  const start = periodStart(time, timeframe)
  return start === time ? time : periodEnd(start, timeframe)
}

/** The same pieces, the first of which has been read. What reading it throws can still become an answer. */
async function begun<T>(pieces: AsyncGenerator<T>): Promise<AsyncGenerator<T>> {
  const first = await pieces.next()
  return (async function* () {
    if (first.done === true) return
    yield first.value
    yield* pieces
  })()
}

/**
 * @returns pieces of at least one row each
 * @throws AppError `data_changed` where the revision was removed meanwhile
 */
export function readRows(
  reading: Reading,
  dataset: Dataset,
  wanted: Wanted,
): Promise<AsyncGenerator<Columns>> {
  const { from, to, timeframe, limit } = wanted
  if (timeframe === undefined || timeframe === dataset.series) {
    return begun(limited(readPieces(reading, dataset, from, to), limit))
  }
  // A bar belongs to the range if it opens in it: then all of it does.
  const pieces = readPieces(reading, dataset, alignedUp(from, timeframe), alignedUp(to, timeframe))
  return begun(limited(resampled(pieces, timeframe), limit))
}
