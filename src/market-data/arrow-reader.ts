import { zstdDecompressSync } from 'node:zlib'
import type { AppError } from '../platform/errors.ts'
import {
  aligned,
  CODEC_ZSTD,
  CONTINUATION,
  DOUBLE,
  FIELD,
  HEADER_DICTIONARY,
  HEADER_RECORD_BATCH,
  HEADER_SCHEMA,
  MESSAGE,
  RECORD_BATCH,
  SCHEMA,
  SINGLE,
  TYPE,
} from './arrow-format.ts'
import { matchColumns } from './column-names.ts'
import { FlatbufferTable } from './flatbuffer.ts'
import { fileFault, rowFault } from './row-faults.ts'
import type { RowSink, RowsReader } from './rows-reader.ts'
import { columnNames, type Series } from './series.ts'
import { parseTimestamp } from './timestamp-text.ts'

/** Rows are read a message at a time, so this bounds the memory. */
const MAX_BODY_BYTES = 64 * 1024 * 1024
const MAX_HEAD_BYTES = 1024 * 1024
const MARK_BYTES = 8
/** In front of a file that could also be read from its end. */
const FILE_MARK_BYTES = 8
const DAY_MS = 86_400_000

type Column = {
  name: string
  /** The column of the series that it fills; −1 for none. */
  index: number
  /** How many pieces of memory it has. */
  buffers: number
  hasNulls: boolean
  /** Reads all values of a batch. */
  read: Reading | undefined
}

type Reading = (bytes: Buffer, rows: number) => (row: number) => number

/** Types without a child, by how many pieces of memory they have. */
const BUFFERS = new Map<number, number>([
  [TYPE.null, 0],
  ...[TYPE.binary, TYPE.utf8, TYPE.largeBinary, TYPE.largeUtf8].map((kind): [number, number] => [kind, 3]),
  ...[TYPE.integer, TYPE.floatingPoint, TYPE.boolean, TYPE.decimal, TYPE.date, TYPE.time].map(
    (kind): [number, number] => [kind, 2],
  ),
  ...[TYPE.timestamp, TYPE.interval, TYPE.fixedSizeBinary, TYPE.duration].map((kind): [number, number] => [
    kind,
    2,
  ]),
])

/** A view for typed access, wherever the bytes lie. */
function viewOf(bytes: Buffer, needed: number): DataView {
  if (bytes.length < needed) throw new RangeError('a column is shorter than its batch')
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const readDoubles: Reading = (bytes, rows) => {
  const view = viewOf(bytes, rows * 8)
  return (row) => view.getFloat64(row * 8, true)
}

const readSingles: Reading = (bytes, rows) => {
  const view = viewOf(bytes, rows * 4)
  return (row) => view.getFloat32(row * 4, true)
}

function readIntegers(type: FlatbufferTable): Reading {
  const bits = type.number(0, 4)
  const isSigned = type.number(1, 1) !== 0
  const width = bits / 8
  return (bytes, rows) => {
    const view = viewOf(bytes, rows * width)
    if (bits === 64) {
      return (row) => Number(isSigned ? view.getBigInt64(row * 8, true) : view.getBigUint64(row * 8, true))
    }
    if (bits === 32) return (row) => (isSigned ? view.getInt32(row * 4, true) : view.getUint32(row * 4, true))
    if (bits === 16) return (row) => (isSigned ? view.getInt16(row * 2, true) : view.getUint16(row * 2, true))
    return (row) => (isSigned ? view.getInt8(row) : view.getUint8(row))
  }
}

/** Units of a timestamp: what makes it milliseconds, first to multiply, then to divide. */
const UNITS: readonly (readonly [bigint, bigint])[] = [
  [1_000n, 1n],
  [1n, 1n],
  [1n, 1_000n],
  [1n, 1_000_000n],
]

/** Not a number where it lies between two milliseconds. */
function readTimestamps(type: FlatbufferTable): Reading {
  const [factor, divisor] = UNITS[type.number(0, 2)] ?? [1n, 1n]
  return (bytes, rows) => {
    const view = viewOf(bytes, rows * 8)
    return (row) => {
      const value = view.getBigInt64(row * 8, true) * factor
      return value % divisor === 0n ? Number(value / divisor) : Number.NaN
    }
  }
}

function readDates(type: FlatbufferTable): Reading {
  const isMilliseconds = type.number(0, 2, 1) === 1
  return (bytes, rows) => {
    const view = viewOf(bytes, rows * (isMilliseconds ? 8 : 4))
    if (isMilliseconds) return (row) => Number(view.getBigInt64(row * 8, true))
    return (row) => view.getInt32(row * 4, true) * DAY_MS
  }
}

/** Counts whose unit follows from their magnitude, as in a text. */
function asInstants(read: Reading): Reading {
  return (bytes, rows) => {
    const count = read(bytes, rows)
    return (row) => {
      const text = Buffer.from(String(count(row)))
      const time = parseTimestamp(text, 0, text.length)
      return time < 0 ? Number.NaN : time
    }
  }
}

function readingOf(field: FlatbufferTable, name: string, isTime: boolean): Reading {
  const type = field.table(FIELD.type)
  const kind = field.number(FIELD.typeKind, 1)
  const isPlain = field.table(FIELD.dictionary) === undefined && type !== undefined
  if (isPlain && isTime && kind === TYPE.timestamp) return readTimestamps(type)
  if (isPlain && isTime && kind === TYPE.date) return readDates(type)
  if (isPlain && isTime && kind === TYPE.integer) return asInstants(readIntegers(type))
  if (isPlain && !isTime && kind === TYPE.integer) return readIntegers(type)
  if (isPlain && !isTime && kind === TYPE.floatingPoint) {
    const precision = type.number(0, 2)
    if (precision === DOUBLE) return readDoubles
    if (precision === SINGLE) return readSingles
  }
  throw fileFault(
    `The column ${name} has to be of ${isTime ? 'timestamps or integers' : 'doubles or integers'}.`,
  )
}

function columnOf(field: FlatbufferTable, index: number): Column {
  const name = field.string(FIELD.name)
  const isDictionary = field.table(FIELD.dictionary) !== undefined
  const buffers = isDictionary ? 2 : BUFFERS.get(field.number(FIELD.typeKind, 1))
  if (buffers === undefined || field.tables(FIELD.children).length > 0) {
    throw fileFault(`The column ${name} has a type that is not read. Leave it out.`)
  }
  const read = index === -1 ? undefined : readingOf(field, name, index === 0)
  return { name, index, buffers, hasNulls: false, read }
}

function readSchema(schema: FlatbufferTable, series: Series): Column[] {
  const fields = schema.tables(SCHEMA.fields)
  const columns = matchColumns(
    fields.map((field) => field.string(FIELD.name)),
    series,
  )
  return fields.map((field, index) => columnOf(field, columns[index] as number))
}

function slice(body: Buffer, [offset, length]: readonly [number, number]): Buffer {
  if (offset < 0 || length < 0 || offset + length > body.length)
    throw new RangeError('a column lies outside of its batch')
  return body.subarray(offset, offset + length)
}

function decompressed(bytes: Buffer): Buffer {
  if (bytes.length < 8) return bytes
  const size = Number(bytes.readBigInt64LE())
  if (size === -1) return bytes.subarray(8)
  if (size < 0 || size > MAX_BODY_BYTES) throw tooLong()
  return zstdDecompressSync(bytes.subarray(8), { maxOutputLength: Math.max(1, size) })
}

function damaged(): AppError {
  return fileFault('The Arrow data is damaged.')
}

/** As the files of polars, whose schema can only be found from the end. */
function notStreamed(): AppError {
  return fileFault('The Arrow file cannot be read from its begin. Write a stream (polars: write_ipc_stream).')
}

function tooLong(): AppError {
  return fileFault('A batch is larger than 64 MB. Write batches of 500,000 rows at most.')
}

/** What reading damaged bytes throws: of the views, and of the decompressor. */
function isDamage(error: unknown): boolean {
  if (error instanceof RangeError) return true
  return error instanceof Error && 'code' in error && /^(ZSTD_|Z_)/.test(String(error.code))
}

type Batch = { rows: number; values: ((row: number) => number)[]; columns: number[] }

function isMissing(validity: Buffer, row: number): boolean {
  return validity.length > 0 && ((validity[row >> 3] as number) & (1 << (row & 7))) === 0
}

function readBatch(batch: FlatbufferTable, body: Buffer, columns: readonly Column[]): Batch {
  const rows = batch.number(RECORD_BATCH.length, 8)
  const buffers = batch.pairs(RECORD_BATCH.buffers)
  const nodes = batch.pairs(RECORD_BATCH.nodes)
  const compression = batch.table(RECORD_BATCH.compression)
  if (compression !== undefined && compression.number(0, 1) !== CODEC_ZSTD) {
    throw fileFault('The batches are compressed by LZ4. Write them with zstd, or without compression.')
  }
  const open = (place: [number, number] | undefined) => {
    const bytes = slice(body, place ?? [-1, 0])
    return compression === undefined ? bytes : decompressed(bytes)
  }
  const values: Batch['values'] = []
  let next = 0
  for (const [index, column] of columns.entries()) {
    const first = next
    next += column.buffers
    if (column.read === undefined) continue
    const validity = nodes[index]?.[1] === 0 ? Buffer.alloc(0) : open(buffers[first])
    const value = column.read(open(buffers[first + 1]), rows)
    values.push((row) => (isMissing(validity, row) ? Number.NaN : value(row)))
  }
  return { rows, values, columns: columns.flatMap(({ index }) => (index === -1 ? [] : [index])) }
}

/**
 * Reads an Arrow IPC stream, or the file format from its begin, as it comes: a batch at a time.
 * @throws AppError `invalid_file` or `invalid_rows`
 */
export function arrowReader(series: Series, isFile: boolean, sink: RowSink): RowsReader {
  const names = columnNames(series)
  const values = new Float64Array(names.length)
  let pieces: Buffer[] = []
  let length = 0
  let skip = isFile ? FILE_MARK_BYTES : 0
  let columns: Column[] | undefined
  let rowNumber = 0
  let isEnd = false

  const emit = (batch: Batch) => {
    for (let row = 0; row < batch.rows; row++) {
      rowNumber++
      values.fill(Number.NaN)
      for (const [position, value] of batch.values.entries())
        values[batch.columns[position] as number] = value(row)
      if (!((values[0] as number) >= 0)) {
        throw rowFault({ unit: 'row', number: rowNumber }, { timestamp: 'is no time in whole milliseconds' })
      }
      sink(values, rowNumber)
    }
  }
  const take = (described: FlatbufferTable, body: Buffer) => {
    const kind = described.number(MESSAGE.headerType, 1)
    const header = described.table(MESSAGE.header)
    if (header === undefined || kind === HEADER_DICTIONARY) return
    if (kind === HEADER_SCHEMA) columns = readSchema(header, series)
    else if (kind === HEADER_RECORD_BATCH && columns !== undefined) emit(readBatch(header, body, columns))
    else throw fileFault('The Arrow data has messages in an order that is not known.')
  }
  /** The first message among the bytes so far; nothing where it is not whole yet. */
  const nextMessage = (bytes: Buffer): number => {
    if (bytes.length < MARK_BYTES) return 0
    if (bytes.readUInt32LE() !== CONTINUATION) throw columns === undefined ? notStreamed() : damaged()
    const headLength = bytes.readUInt32LE(4)
    if (headLength === 0) {
      isEnd = true
      return bytes.length
    }
    if (headLength > MAX_HEAD_BYTES) throw damaged()
    const bodyStart = MARK_BYTES + aligned(headLength)
    if (bytes.length < bodyStart) return 0
    const described = FlatbufferTable.root(bytes.subarray(MARK_BYTES, bodyStart))
    const bodyLength = described.number(MESSAGE.bodyLength, 8)
    if (bodyLength < 0 || bodyLength > MAX_BODY_BYTES) throw tooLong()
    if (bytes.length < bodyStart + bodyLength) {
      wanted = bodyStart + bodyLength
      return 0
    }
    take(described, bytes.subarray(bodyStart, bodyStart + bodyLength))
    return bodyStart + bodyLength
  }
  let wanted = 0

  const readMessages = () => {
    let bytes = Buffer.concat(pieces)
    if (skip > 0 && bytes.length >= skip) {
      bytes = bytes.subarray(skip)
      skip = 0
    }
    wanted = 0
    for (let used = skip > 0 ? 0 : nextMessage(bytes); used > 0; used = isEnd ? 0 : nextMessage(bytes)) {
      bytes = bytes.subarray(used)
    }
    pieces = [bytes]
    length = bytes.length
  }

  return {
    write(piece) {
      if (isEnd) return
      pieces.push(piece)
      length += piece.length
      if (length < wanted) return
      try {
        readMessages()
      } catch (error) {
        if (isDamage(error)) throw fileFault('The Arrow data is damaged.', error)
        throw error
      }
    },
    end() {
      if (length > 0 && !isEnd) throw fileFault('The Arrow data is cut off.')
    },
  }
}
