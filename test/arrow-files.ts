import { CONTINUATION, HEADER_RECORD_BATCH, HEADER_SCHEMA, TYPE } from '../src/market-data/arrow-format.ts'
import { arrowEnd } from '../src/market-data/arrow-writer.ts'
import { type FieldValue, FlatbufferWriter, type TableFields } from '../src/market-data/flatbuffer-writer.ts'
import { bytesOf } from '../src/numerics/memory-views.ts'
import { START } from './market.ts'

/*
 * Arrow files as other programs write them, and as an attacker does.
 */

export const HEADER_DICTIONARY = 2
export const TYPES = { ...TYPE, null: 1, date: 8, list: 12 } as const

export const text = (value: string): FieldValue => ({ write: (writer) => writer.string(value) })
export const table = (fields: TableFields): FieldValue => ({ write: (writer) => writer.table(fields) })
export const tables = (all: readonly TableFields[]): FieldValue => ({
  write: (writer) => writer.tables(all),
})
export const pairs = (all: readonly (readonly [number, number])[]): FieldValue => ({
  write: (writer) => writer.pairs(all),
})
export const byte = (value: number): FieldValue => ({ bytes: 1, value })
export const short = (value: number): FieldValue => ({ bytes: 2, value })
export const int = (value: number): FieldValue => ({ bytes: 4, value })
export const long = (value: number): FieldValue => ({ bytes: 8, value })

/** A column: its type, and the buffers of its values. */
export type Foreign = {
  name: string
  kind: number
  type: TableFields
  buffers: Uint8Array[]
  nulls?: number
  dictionary?: boolean
  children?: TableFields[]
}

/** A message around a description that may be anything. */
export function envelope(description: Uint8Array, body: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.alloc(8 + Math.ceil(description.length / 8) * 8)
  head.writeUInt32LE(CONTINUATION)
  head.writeUInt32LE(head.length - 8, 4)
  head.set(description, 8)
  return Buffer.concat([head, body])
}

/** @param bodyLength what the message says; that of its body where it is left out */
export function message(
  kind: number,
  header: TableFields,
  body: Uint8Array = new Uint8Array(0),
  bodyLength: number = body.length,
): Buffer {
  return envelope(
    new FlatbufferWriter().finish([short(4), byte(kind), table(header), long(bodyLength)]),
    body,
  )
}

export function fieldOf({ name, kind, type, dictionary, children = [] }: Foreign): TableFields {
  return [
    ...[text(name), byte(1), byte(kind), table(type), dictionary ? table([long(1)]) : undefined],
    tables(children),
  ]
}

export function schemaOf(columns: Foreign[], endianness = 0): Buffer {
  return message(HEADER_SCHEMA, [short(endianness), tables(columns.map(fieldOf))])
}

export type Compression = { codec: number; pack(bytes: Uint8Array): Uint8Array }

/** What a batch says of itself, where that is not the truth. */
export type BatchClaims = {
  rows?: number
  nodes?: [number, number][]
  places?: [number, number][]
  bodyLength?: number
}

export function batchOf(
  columns: Foreign[],
  rows: number,
  compression?: Compression,
  claims: BatchClaims = {},
): Buffer {
  const places: [number, number][] = []
  const parts: Uint8Array[] = []
  let at = 0
  for (const bytes of columns.flatMap(({ buffers }) => buffers)) {
    const packed = compression === undefined || bytes.length === 0 ? bytes : compression.pack(bytes)
    places.push([at, packed.length])
    parts.push(packed, Buffer.alloc((8 - (packed.length % 8)) % 8))
    at += packed.length + ((8 - (packed.length % 8)) % 8)
  }
  const nodes = columns.map(({ nulls = 0 }): [number, number] => [rows, nulls])
  const header: TableFields = [
    long(claims.rows ?? rows),
    pairs(claims.nodes ?? nodes),
    pairs(claims.places ?? places),
    compression === undefined ? undefined : table([byte(compression.codec)]),
  ]
  return message(HEADER_RECORD_BATCH, header, Buffer.concat(parts), claims.bodyLength)
}

const NONE = new Uint8Array(0)

export function doubles(name: string, values: number[], changes: Partial<Foreign> = {}): Foreign {
  const buffers = [NONE, bytesOf(Float64Array.from(values))]
  return { name, kind: TYPE.floatingPoint, type: [short(2)], buffers, ...changes }
}

export function times(kind: number, type: TableFields, values: ArrayBufferView): Foreign {
  return { name: 'date', kind, type, buffers: [NONE, bytesOf(values)] }
}

/** Minutes from 2021-02-19. */
export function milliseconds(rows = 2): Foreign {
  const values = BigInt64Array.from({ length: rows }, (_, row) => BigInt(START + row * 60_000))
  return times(TYPE.timestamp, [short(1)], values)
}

/** The columns of candles beside their times. */
export function prices(rows = 2): Foreign[] {
  const column = (name: string, value: number) =>
    doubles(
      name,
      Array.from({ length: rows }, () => value),
    )
  return [
    column('open', 1),
    column('high', 2),
    column('low', 1),
    column('close', 1),
    doubles(
      'volume',
      Array.from({ length: rows }, (_, row) => row),
    ),
  ]
}

export const streamOf = (columns: Foreign[], rows = 2): Buffer =>
  Buffer.concat([schemaOf(columns), batchOf(columns, rows), arrowEnd()])
