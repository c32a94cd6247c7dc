import assert from 'node:assert/strict'
import {
  CONTINUATION,
  FIELD,
  HEADER_RECORD_BATCH,
  HEADER_SCHEMA,
  MESSAGE,
  RECORD_BATCH,
  SCHEMA,
  TYPE,
} from '../src/market-data/arrow-format.ts'
import { FlatbufferTable } from '../src/market-data/flatbuffer.ts'

type Field = { name: string; kind: number; nullable: boolean }
type Cell = string | number | boolean | null

/** An Arrow IPC stream that was read whole: its columns' kinds, its metadata and its rows. Times are in ms. */
export type ArrowTable = {
  kinds: Record<string, number>
  facts: Record<string, string>
  rows: Record<string, Cell>[]
}

const hasBit = (bits: Buffer, row: number) => (((bits[row >> 3] as number) >> (row & 7)) & 1) === 1

/** Takes the buffers of a column. @returns the cell of a row */
function cellsOf({ kind }: Field, next: () => Buffer): (row: number) => Cell {
  const validity = next()
  const values = next()
  const text = kind === TYPE.utf8 ? next() : Buffer.alloc(0)
  const read = (row: number): Cell => {
    if (kind === TYPE.floatingPoint) return values.readDoubleLE(8 * row)
    if (kind === TYPE.timestamp) return Number(values.readBigInt64LE(8 * row))
    if (kind === TYPE.integer) return values.readInt32LE(4 * row)
    if (kind === TYPE.boolean) return hasBit(values, row)
    return text.toString('utf8', values.readInt32LE(4 * row), values.readInt32LE(4 * row + 4))
  }
  return (row) => (validity.length > 0 && !hasBit(validity, row) ? null : read(row))
}

function readBatch(header: FlatbufferTable, body: Buffer, fields: readonly Field[], table: ArrowTable): void {
  const count = header.number(RECORD_BATCH.length, 8)
  const places = header.pairs(RECORD_BATCH.buffers)
  for (const [start] of places) assert.equal(start % 8, 0, 'buffers are aligned')
  const next = () => {
    const [start, length] = places.shift() as [number, number]
    return body.subarray(start, start + length)
  }
  const cells = fields.map((field) => cellsOf(field, next))
  for (let row = 0; row < count; row++) {
    table.rows.push(Object.fromEntries(fields.map(({ name }, index) => [name, cells[index]?.(row) ?? null])))
  }
}

export function readArrow(stream: Buffer): ArrowTable {
  const table: ArrowTable = { kinds: {}, facts: {}, rows: [] }
  let fields: Field[] = []
  let at = 0
  for (;;) {
    assert.equal(stream.readUInt32LE(at), CONTINUATION)
    const length = stream.readInt32LE(at + 4)
    at += 8
    if (length === 0) break
    const message = FlatbufferTable.root(stream.subarray(at, at + length))
    at += length
    const bodyLength = message.number(MESSAGE.bodyLength, 8)
    const header = message.table(MESSAGE.header) as FlatbufferTable
    const kind = message.number(MESSAGE.headerType, 1)
    if (kind === HEADER_SCHEMA) {
      fields = header.tables(SCHEMA.fields).map((field) => ({
        name: field.string(FIELD.name),
        kind: field.number(FIELD.typeKind, 1),
        nullable: field.number(FIELD.nullable, 1) === 1,
      }))
      table.kinds = Object.fromEntries(fields.map((field) => [field.name, field.kind]))
      table.facts = Object.fromEntries(
        header.tables(SCHEMA.metadata).map((pair) => [pair.string(0), pair.string(1)]),
      )
    } else {
      assert.equal(kind, HEADER_RECORD_BATCH)
      readBatch(header, stream.subarray(at, at + bodyLength), fields, table)
    }
    at += bodyLength
  }
  assert.equal(at, stream.length, 'nothing follows the end')
  return table
}
