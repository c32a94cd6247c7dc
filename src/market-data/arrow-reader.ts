import { AppError } from '../platform/errors.ts'
import { type Batch, openBatch } from './arrow-batch.ts'
import { type ArrowMessage, ArrowMessages, damaged } from './arrow-messages.ts'
import { type ArrowColumn, readSchema } from './arrow-schema.ts'
import { fileFault, rowFault } from './row-faults.ts'
import { columnNames, type Series } from './series.ts'
import type { RowSink, TableFormat, TableReader } from './table-format.ts'
import type { UploadBudget } from './upload-budget.ts'

/** Rows that are brought into doubles at once. */
const BLOCK_ROWS = 8_192
/** The last instant of a JavaScript Date. */
const MAX_TIME = 8.64e15

/** Reads the rows of an Arrow IPC stream, one message at a time. */
class ArrowReader implements TableReader {
  readonly #series: Series
  readonly #sink: RowSink
  readonly #budget: UploadBudget
  readonly #messages: ArrowMessages
  /** A block of rows for each column of the series. */
  readonly #blocks: Float64Array[]
  readonly #values: Float64Array
  #columns: ArrowColumn[] | undefined
  #rows = 0

  constructor(series: Series, sink: RowSink, budget: UploadBudget, skippedBytes: number) {
    this.#series = series
    this.#sink = sink
    this.#budget = budget
    this.#messages = new ArrowMessages(budget, skippedBytes)
    this.#blocks = columnNames(series).map(() => new Float64Array(BLOCK_ROWS).fill(Number.NaN))
    this.#values = new Float64Array(this.#blocks.length)
  }

  *read(piece: Buffer): Generator<void> {
    try {
      this.#messages.push(piece)
      for (let message = this.#messages.next(); message !== undefined; message = this.#messages.next()) {
        yield* this.#take(message)
        this.#messages.release(message.body)
      }
    } catch (error) {
      throw error instanceof AppError ? error : damaged(error)
    }
  }

  end(): void {
    this.#messages.end()
  }

  *#take({ header, body }: ArrowMessage): Generator<void> {
    if (header.kind === 'schema') {
      if (this.#columns !== undefined) throw fileFault('The Arrow data has two schemas.')
      this.#columns = readSchema(header.schema, this.#series)
    } else if (header.kind === 'dictionary') {
      this.#budget.countEmptyPart()
    } else {
      if (this.#columns === undefined) throw fileFault('The Arrow data has a batch before its schema.')
      const batch = openBatch(header.batch, body, this.#columns, this.#budget)
      if (batch.rows === 0) this.#budget.countEmptyPart()
      yield* this.#emit(batch)
      this.#budget.release(batch.heldBytes)
    }
  }

  *#emit(batch: Batch): Generator<void> {
    for (let from = 0; from < batch.rows; from += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, batch.rows - from)
      this.#fillBlocks(batch, from, count)
      this.#emitBlocks(count)
      yield
    }
  }

  #fillBlocks({ columns }: Batch, from: number, count: number): void {
    for (const { index, values, view, validity } of columns) {
      const block = this.#blocks[index] as Float64Array
      values.copy(view, from, count, block)
      if (validity === undefined) continue
      for (let row = 0; row < count; row++) {
        const bit = from + row
        if (((validity[bit >> 3] as number) & (1 << (bit & 7))) === 0) block[row] = Number.NaN
      }
    }
  }

  #emitBlocks(count: number): void {
    const [blocks, values] = [this.#blocks, this.#values]
    const width = blocks.length
    for (let row = 0; row < count; row++) {
      for (let column = 0; column < width; column++)
        values[column] = (blocks[column] as Float64Array)[row] as number
      const time = values[0] as number
      this.#rows++
      if (!(time >= 0 && time <= MAX_TIME))
        throw rowFault({ unit: 'row', number: this.#rows }, { timestamp: 'is no time in whole milliseconds' })
      this.#sink(values, this.#rows)
    }
  }
}

/** Arrow's IPC stream, which is read as it arrives. */
export const arrowStream: TableFormat = {
  name: 'arrow-stream',
  unit: 'row',
  signature: [0xff, 0xff, 0xff, 0xff],
  open: (series, sink, budget) => new ArrowReader(series, sink, budget, 0),
}

const FILE_MARK = 'ARROW1\0\0'

/** Arrow's file format: the same stream behind a mark. Its footer is not needed. */
export const arrowFile: TableFormat = {
  name: 'arrow-file',
  unit: 'row',
  signature: [...Buffer.from('ARROW1')],
  open: (series, sink, budget) => new ArrowReader(series, sink, budget, FILE_MARK.length),
}
