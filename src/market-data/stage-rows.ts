import type { Db } from '../platform/database/database.ts'
import { arrowReader } from './arrow-reader.ts'
import { collectRows, type RowCollector } from './collect-rows.ts'
import { csvReader } from './csv-reader.ts'
import { fileFault } from './row-faults.ts'
import type { Columns, Series } from './series.ts'
import { type Stage, stageColumns } from './stage-columns.ts'
import { type Format, unpack } from './unpack.ts'

function readerOf(format: Format, series: Series, rows: RowCollector) {
  if (format === 'csv') return csvReader(series, rows.add)
  return arrowReader(series, format === 'arrow-file', rows.add)
}

/** Of the rows the first thousands are given back, for what they tell of the whole. */
export type StagedRows = { rows: number; sample: Columns }

const SAMPLE_ROWS = 5_000

type Staging = {
  stage: Stage
  /** What has not ended by then is refused, UTC in ms. */
  now: number
  maxUnpackedBytes: number
  /** Called now and then; it may throw to end it all. */
  onProgress(rows: number): Promise<void>
}

/**
 * Reads rows from bytes as they come and stages them, a chunk at a time: while one is compressed and stored the next is
 * read, and no more than these two are in memory.
 * @throws AppError `invalid_file`, `invalid_rows`, `payload_too_large`, `storage_full`
 */
export async function stageRows(
  db: Db,
  source: AsyncIterable<Buffer>,
  staging: Staging,
): Promise<StagedRows> {
  const { stage, now, maxUnpackedBytes, onProgress } = staging
  const { series } = stage
  const { format, bytes } = await unpack(source, maxUnpackedBytes)
  const rows = collectRows(series, now, format === 'csv' ? 'line' : 'row')
  const reader = readerOf(format, series, rows)
  let sample: Columns = []
  let storing: Promise<void> = Promise.resolve()
  const store = async (chunks: ReturnType<RowCollector['take']>) => {
    for (const chunk of chunks) {
      if (sample.length === 0) sample = chunk.columns.map((column) => column.slice(0, SAMPLE_ROWS))
      await storing
      storing = stageColumns(db, stage, chunk).then(() => rows.reuse(chunk))
      // It is awaited later; until then nobody may call it unhandled.
      storing.catch(() => {})
    }
  }
  try {
    for await (const piece of bytes) {
      reader.write(piece)
      await store(rows.take())
      await onProgress(rows.rows())
    }
    reader.end()
    await store(rows.finish())
  } finally {
    // The caller removes what is staged when this fails: nothing may be staged after that.
    await storing
  }
  if (rows.rows() === 0) throw fileFault('The file has no rows.')
  return { rows: rows.rows(), sample }
}
