import { bytesOf } from '../numerics/memory-views.ts'
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
import { FlatbufferWriter, type TableFields } from './flatbuffer-writer.ts'
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

/** What a column holds; text, truths, numbers and counts may be missing where they are `nullable`. */
export type ArrowType = 'time' | 'number' | 'count' | 'boolean' | 'text'
export type ArrowField = { name: string; type: ArrowType; nullable: boolean }

const TYPES: Record<ArrowType, { kind: number; fields: TableFields }> = {
  time: {
    kind: TYPE.timestamp,
    fields: [{ bytes: 2, value: MILLISECOND }, { write: (writer) => writer.string('UTC') }],
  },
  number: { kind: TYPE.floatingPoint, fields: [{ bytes: 2, value: DOUBLE }] },
  count: {
    kind: TYPE.integer,
    fields: [
      { bytes: 4, value: 32 },
      { bytes: 1, value: 1 },
    ],
  },
  boolean: { kind: TYPE.boolean, fields: [] },
  text: { kind: TYPE.utf8, fields: [] },
}

function fieldTable({ name, type, nullable }: ArrowField): TableFields {
  const { kind, fields } = TYPES[type]
  return [
    { write: (writer) => writer.string(name) },
    { bytes: 1, value: nullable ? 1 : 0 },
    { bytes: 1, value: kind },
    { write: (writer) => writer.table(fields) },
    undefined,
    { write: (writer) => writer.tables([]) },
  ]
}

/** How an Arrow IPC stream begins: its columns, and facts about it. */
export function arrowHead(columns: readonly ArrowField[], facts: Record<string, string>): Buffer {
  const metadata = Object.entries(facts).map(
    ([key, value]): TableFields => [
      { write: (writer) => writer.string(key) },
      { write: (writer) => writer.string(value) },
    ],
  )
  const header: TableFields = [
    undefined,
    { write: (writer) => writer.tables(columns.map(fieldTable)) },
    { write: (writer) => writer.tables(metadata) },
  ]
  return message(HEADER_SCHEMA, header, 0)
}

/** The same for candles and rates: the first column is a time, the others are numbers. */
export function arrowSchema(names: readonly string[], facts: Record<string, string>): Buffer {
  const columns = names.map(
    (name, index): ArrowField => ({ name, type: index === 0 ? 'time' : 'number', nullable: false }),
  )
  return arrowHead(columns, facts)
}

/** Whole numbers of 64 bits. */
export function arrowIntegers(column: Float64Array): Uint8Array {
  const words = new Uint32Array(column.length * 2)
  for (let row = 0; row < column.length; row++) {
    words[2 * row] = (column[row] as number) % LOW_WORD
    words[2 * row + 1] = Math.floor((column[row] as number) / LOW_WORD)
  }
  return bytesOf(words)
}

/** A column of some rows as it lies in memory: which are there (empty where all are), then its values. */
export type ArrowVector = { nulls: number; buffers: readonly Uint8Array[] }

/** Some rows of the stream. */
export function arrowRows(rows: number, vectors: readonly ArrowVector[]): Buffer {
  const parts = vectors.flatMap(({ buffers }) => buffers)
  let end = 0
  const places = parts.map(({ length }): [number, number] => {
    const start = end
    end += aligned(length)
    return [start, length]
  })
  const nodes = vectors.map(({ nulls }): [number, number] => [rows, nulls])
  const header: TableFields = [
    { bytes: 8, value: rows },
    { write: (writer) => writer.pairs(nodes) },
    { write: (writer) => writer.pairs(places) },
  ]
  const padded = parts.flatMap((part) => [part, Buffer.alloc(aligned(part.length) - part.length)])
  return Buffer.concat([message(HEADER_RECORD_BATCH, header, end), ...padded])
}

/** Some rows of candles or rates. */
export function arrowBatch(columns: Columns): Buffer {
  const vectors = columns.map((column, index) => {
    const values = index === 0 ? arrowIntegers(column) : bytesOf(column)
    return { nulls: 0, buffers: [Buffer.alloc(0), values] }
  })
  return arrowRows(lengthOf(columns), vectors)
}

/** How the stream ends. */
export function arrowEnd(): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(CONTINUATION, 0)
  return bytes
}
