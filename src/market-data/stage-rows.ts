import type { Db } from '../platform/database/database.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { arrowReader } from './arrow-reader.ts'
import { type CollectedChunk, collectRows, type RowCollector } from './collect-rows.ts'
import { csvReader } from './csv-reader.ts'
import { makeChunk } from './publish-chunks.ts'
import { insertChunk, stageChunk } from './revisions-repository.ts'
import { fileFault } from './row-faults.ts'
import type { Columns, Series } from './series.ts'
import { type Format, unpack } from './unpack.ts'

/** Stores a chunk where nobody sees it yet. */
export async function stageColumns(
  db: Db,
  importId: string,
  series: Series,
  { periodStart, columns }: CollectedChunk,
): Promise<void> {
  const { facts, data } = await makeChunk(series, columns)
  await inTransaction(db, async (tx) => {
    await insertChunk(tx, facts, data)
    await stageChunk(tx, importId, new Date(periodStart), facts.hash)
  })
}

function readerOf(format: Format, series: Series, rows: RowCollector) {
  if (format === 'csv') return csvReader(series, rows.add)
  return arrowReader(series, format === 'arrow-file', rows.add)
}

/** Of the rows the first thousands are given back, for what they tell of the whole. */
export type StagedRows = { rows: number; sample: Columns }

const SAMPLE_ROWS = 5_000

type Staging = {
  importId: string
  series: Series
  /** What has not ended by then is refused, UTC in ms. */
  now: number
  maxUnpackedBytes: number
  /** Called now and then; it may throw to end it all. */
  onProgress(rows: number): Promise<void>
}

/**
 * Reads rows from bytes as they come and stages them, a chunk at a time: while one is compressed and stored the next is
 * read, and no more than these two are in memory.
 * @throws AppError `invalid_file`, `invalid_rows`, `payload_too_large`
 */
export async function stageRows(
  db: Db,
  source: AsyncIterable<Buffer>,
  staging: Staging,
): Promise<StagedRows> {
  const { importId, series, now, maxUnpackedBytes, onProgress } = staging
  const { format, bytes } = await unpack(source, maxUnpackedBytes)
  const rows = collectRows(series, now, format === 'csv' ? 'line' : 'row')
  const reader = readerOf(format, series, rows)
  let sample: Columns = []
  let storing: Promise<void> = Promise.resolve()
  const store = async (chunks: ReturnType<RowCollector['take']>) => {
    for (const chunk of chunks) {
      if (sample.length === 0) sample = chunk.columns.map((column) => column.slice(0, SAMPLE_ROWS))
      await storing
      storing = stageColumns(db, importId, series, chunk).then(() => rows.reuse(chunk))
      // It is awaited later; until then nobody may call it unhandled.
      storing.catch(() => {})
    }
  }
  for await (const piece of bytes) {
    reader.write(piece)
    await store(rows.take())
    await onProgress(rows.rows())
  }
  reader.end()
  await store(rows.finish())
  await storing
  if (rows.rows() === 0) throw fileFault('The file has no rows.')
  return { rows: rows.rows(), sample }
}
