import { constants, zstdDecompressSync } from 'node:zlib'
import { CompressionType } from 'apache-arrow/fb/compression-type'
import type { RecordBatch } from 'apache-arrow/fb/record-batch'
import { dataViewOf } from '../numerics/memory-views.ts'
import { aligned } from './arrow-format.ts'
import type { ArrowColumn } from './arrow-schema.ts'
import type { ColumnValues } from './arrow-values.ts'
import { fileFault } from './row-faults.ts'
import type { UploadBudget } from './upload-budget.ts'

/** Writers pad a buffer to this. */
const PADDING = 64
const SIZE_BYTES = 8
const NOT_COMPRESSED = -1
/** zstd's own default levels use 2 to 8 MB of window. */
const LEAST_WINDOW_LOG = 23

/** A column of a batch: its values, and a bit for each row that has one where some have none. */
export type BatchColumn = {
  index: number
  values: ColumnValues
  view: DataView
  validity: Uint8Array | undefined
}

/** The rows of a message that the series needs. `heldBytes` is the memory beside the body. */
export type Batch = { rows: number; columns: BatchColumn[]; heldBytes: number }

/** An integer of 64 bits from a file. @throws RangeError where it is negative or above `max` */
function bounded(value: bigint, max: number): number {
  if (value < 0n || value > BigInt(max)) throw new RangeError('A length is outside its message.')
  return Number(value)
}

/** Unpack a buffer, whose size follows from its rows. @returns memory of its own, or a part of what is packed */
function unpacked(packed: Uint8Array, needed: number, budget: UploadBudget): Uint8Array {
  if (packed.length < SIZE_BYTES) throw new RangeError('A buffer is too short.')
  const size = Number(dataViewOf(packed).getBigInt64(0, true))
  if (size === NOT_COMPRESSED) return packed.subarray(SIZE_BYTES)
  if (size < needed || size > aligned(needed, PADDING))
    throw new RangeError('A buffer has another size than its rows.')
  budget.unpack(size)
  budget.hold(size)
  const windowLog = Math.max(LEAST_WINDOW_LOG, Math.ceil(Math.log2(size)))
  return zstdDecompressSync(packed.subarray(SIZE_BYTES), {
    chunkSize: Math.max(size, PADDING),
    maxOutputLength: size,
    params: { [constants.ZSTD_d_windowLogMax]: windowLog },
  })
}

/** Look at all lengths of a batch before anything is read from its body. @returns the buffers in order */
function buffersOf(batch: RecordBatch, body: Uint8Array, columns: readonly ArrowColumn[], rows: number) {
  const expected = columns.reduce((sum, { buffers }) => sum + buffers, 0)
  if (batch.nodesLength() !== columns.length || batch.buffersLength() !== expected)
    throw new RangeError('A batch has other columns than its schema.')
  for (let at = 0; at < columns.length; at++) {
    const node = batch.nodes(at)
    if (bounded(node?.length() ?? -1n, rows) !== rows) throw new RangeError('A column has other rows.')
    bounded(node?.nullCount() ?? -1n, rows)
  }
  return Array.from({ length: expected }, (_, at) => {
    const place = batch.buffers(at)
    const offset = bounded(place?.offset() ?? -1n, body.length)
    const length = bounded(place?.length() ?? -1n, body.length - offset)
    return body.subarray(offset, offset + length)
  })
}

/**
 * Read where the values of a batch are. A batch without rows is not unpacked.
 * @throws AppError, RangeError where it is damaged
 */
export function openBatch(
  batch: RecordBatch,
  body: Uint8Array,
  columns: readonly ArrowColumn[],
  budget: UploadBudget,
): Batch {
  // A row takes a byte of at least one column, packed or not.
  const rows = bounded(batch.length(), Number.MAX_SAFE_INTEGER)
  const buffers = buffersOf(batch, body, columns, rows)
  const result: Batch = { rows, columns: [], heldBytes: 0 }
  if (rows === 0) return result
  const compression = batch.compression()
  if (compression !== null && compression.codec() !== CompressionType.ZSTD)
    throw fileFault('The batches are compressed with LZ4. Write them with zstd, or without compression.')
  const open = (bytes: Uint8Array, needed: number): Uint8Array => {
    const before = budget.held
    const opened = compression === null ? bytes : unpacked(bytes, needed, budget)
    result.heldBytes += budget.held - before
    if (opened.length < needed) throw new RangeError('A column is shorter than its batch.')
    return opened
  }
  let first = 0
  for (const [at, { index, buffers: count, values }] of columns.entries()) {
    if (values !== undefined) {
      const hasNulls = (batch.nodes(at)?.nullCount() ?? 0n) > 0n
      const validity = hasNulls ? open(buffers[first] as Uint8Array, Math.ceil(rows / 8)) : undefined
      const view = dataViewOf(open(buffers[first + 1] as Uint8Array, rows * values.width))
      result.columns.push({ index, values, view, validity })
    }
    first += count
  }
  return result
}
