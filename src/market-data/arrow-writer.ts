import {
  aligned,
  CONTINUATION,
  DOUBLE,
  HEADER_RECORD_BATCH,
  HEADER_SCHEMA,
  METADATA_V5,
  MILLISECOND,
  TYPE,
} from './arrow-format.ts'
import { FlatbufferWriter, type TableFields } from './flatbuffer.ts'
import { type Columns, lengthOf } from './series.ts'

const LOW_WORD = 2 ** 32

/** A message's head: the mark, the length of what describes it, and that. The body follows. */
function message(headerType: number, header: TableFields, bodyLength: number): Buffer {
  const described = new FlatbufferWriter().finish([
    { bytes: 2, value: METADATA_V5 },
    { bytes: 1, value: headerType },
    { write: (writer) => writer.table(header) },
    { bytes: 8, value: bodyLength },
  ])
  const length = aligned(described.length)
  const bytes = Buffer.alloc(8 + length)
  bytes.writeUInt32LE(CONTINUATION, 0)
  bytes.writeInt32LE(length, 4)
  bytes.set(described, 8)
  return bytes
}

function field(name: string, index: number): TableFields {
  const timestamp: TableFields = [
    { bytes: 2, value: MILLISECOND },
    { write: (writer) => writer.string('UTC') },
  ]
  const double: TableFields = [{ bytes: 2, value: DOUBLE }]
  return [
    { write: (writer) => writer.string(name) },
    { bytes: 1, value: 0 },
    { bytes: 1, value: index === 0 ? TYPE.timestamp : TYPE.floatingPoint },
    { write: (writer) => writer.table(index === 0 ? timestamp : double) },
    undefined,
    { write: (writer) => writer.tables([]) },
  ]
}

/** How an Arrow IPC stream begins: the names and types of its columns, the first being a time, and facts about it. */
export function arrowSchema(names: readonly string[], facts: Record<string, string>): Buffer {
  const metadata = Object.entries(facts).map(
    ([key, value]): TableFields => [
      { write: (writer) => writer.string(key) },
      { write: (writer) => writer.string(value) },
    ],
  )
  const header: TableFields = [
    undefined,
    { write: (writer) => writer.tables(names.map(field)) },
    { write: (writer) => writer.tables(metadata) },
  ]
  return message(HEADER_SCHEMA, header, 0)
}

function integers(column: Float64Array): Buffer {
  const words = new Uint32Array(column.length * 2)
  for (let row = 0; row < column.length; row++) {
    words[2 * row] = (column[row] as number) % LOW_WORD
    words[2 * row + 1] = Math.floor((column[row] as number) / LOW_WORD)
  }
  return Buffer.from(words.buffer)
}

/** Some rows of the stream. */
export function arrowBatch(columns: Columns): Buffer {
  const rows = lengthOf(columns)
  const size = rows * 8
  const nodes = columns.map((): [number, number] => [rows, 0])
  // For each column no list of what is missing, then its values.
  const buffers = columns.flatMap((_, index): [number, number][] => [
    [index * size, 0],
    [index * size, size],
  ])
  const header: TableFields = [
    { bytes: 8, value: rows },
    { write: (writer) => writer.pairs(nodes) },
    { write: (writer) => writer.pairs(buffers) },
  ]
  const parts = columns.map((column, index) =>
    index === 0 ? integers(column) : Buffer.from(column.buffer, column.byteOffset, column.byteLength),
  )
  return Buffer.concat([message(HEADER_RECORD_BATCH, header, columns.length * size), ...parts])
}

/** How the stream ends. */
export function arrowEnd(): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(CONTINUATION, 0)
  return bytes
}
