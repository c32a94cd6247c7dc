import { collectRows, type RowCollector } from './collect-rows.ts'
import { type MadeChunk, makeChunk } from './make-chunk.ts'
import { fileFault } from './row-faults.ts'
import type { Columns, Series } from './series.ts'
import type { TableFormat } from './table-format.ts'
import { unpack } from './unpack.ts'
import type { UploadBudget } from './upload-budget.ts'

export type ParseTask = {
  series: Series
  /** A bar that has not ended by then is refused, UTC in ms. */
  now: number
  maxUnpackedBytes: number
}

export type ParsedChunk = MadeChunk & { periodStart: number }

/** The first thousands of rows are returned, since they show what the instrument is like. */
export type ParsedRows = { format: TableFormat['name']; rows: number; sample: Columns }

const SAMPLE_ROWS = 5_000

export type ParseOutput = {
  /** Resolves when the chunk is stored. */
  onChunk(chunk: ParsedChunk): Promise<void>
  /** Called with the number of rows after each step. */
  onRows(rows: number): void
}

/**
 * Parse a file as it arrives and make chunks of its rows: while one is compressed and stored the next is read, and no
 * more than these two are in memory.
 * @throws AppError `invalid_file`, `invalid_rows`, `payload_too_large`, `overloaded`
 */
export async function parseUpload(
  source: AsyncIterable<Buffer>,
  { series, now }: ParseTask,
  budget: UploadBudget,
  { onChunk, onRows }: ParseOutput,
): Promise<ParsedRows> {
  const { format, bytes } = await unpack(source, budget)
  const rows = collectRows(series, now, format.unit)
  const reader = format.open(series, rows.add, budget)
  let sample: Columns = []
  let storing: Promise<void> = Promise.resolve()
  const store = async (chunks: ReturnType<RowCollector['take']>) => {
    for (const chunk of chunks) {
      if (sample.length === 0) sample = chunk.columns.map((column) => column.slice(0, SAMPLE_ROWS))
      await storing
      storing = makeChunk(series, chunk.columns)
        .then((made) => onChunk({ ...made, periodStart: chunk.periodStart }))
        .then(() => rows.reuse(chunk))
      // It is awaited later; until then it must not count as unhandled.
      storing.catch(() => {})
    }
  }
  for await (const piece of bytes) {
    for (const _step of reader.read(piece)) {
      await store(rows.take())
      onRows(rows.rows())
    }
  }
  reader.end()
  await store(rows.finish())
  await storing
  if (rows.rows() === 0) throw fileFault('The file has no rows.')
  return { format: format.name, rows: rows.rows(), sample }
}
