import type { Series } from './series.ts'
import type { UploadBudget } from './upload-budget.ts'

/** Takes a row: its values in the order of the series' columns, in memory that the next row reuses, and its number. */
export type RowSink = (values: Float64Array, number: number) => void

/** Reads the rows of one file from pieces of any size. */
export type TableReader = {
  /** Reads a piece. Each step adds a bounded number of rows, so that the caller can pass chunks on in between. */
  read(piece: Buffer): Iterable<void>
  /** Called after the last piece. @throws AppError where the file is not complete */
  end(): void
}

/** A kind of file. A preview reads with the same reader and stops when its sink has enough rows. */
export type TableFormat = {
  name: 'csv' | 'arrow-stream' | 'arrow-file'
  /** What a place in the file is counted in. */
  unit: 'line' | 'row'
  /** The first bytes of every such file; none for the format that everything else is taken for. */
  signature: readonly number[]
  /** @throws AppError `invalid_file`, `invalid_rows`, `payload_too_large`; so does reading */
  open(series: Series, sink: RowSink, budget: UploadBudget): TableReader
}
