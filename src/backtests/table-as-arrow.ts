import {
  type ArrowField,
  type ArrowType,
  type ArrowVector,
  arrowEnd,
  arrowHead,
  arrowIntegers,
  arrowRows,
} from '../market-data/arrow-writer.ts'
import type { Cell, TableColumns, TableRow } from './table-columns.ts'

const AT_ONCE = 16_384

function fieldsOf(columns: TableColumns): ArrowField[] {
  return Object.entries(columns).map(([name, type]) => ({
    name,
    type: type.replace('?', '') as ArrowType,
    nullable: type.endsWith('?'),
  }))
}

/** One bit for each cell. */
function bits(cells: readonly Cell[], isSet: (cell: Cell) => boolean): Buffer {
  const bytes = Buffer.alloc(Math.ceil(cells.length / 8))
  for (const [row, cell] of cells.entries()) {
    if (isSet(cell)) bytes[row >> 3] = (bytes[row >> 3] as number) | (1 << (row & 7))
  }
  return bytes
}

function texts(cells: readonly Cell[]): Buffer[] {
  const ends = new Int32Array(cells.length + 1)
  const parts = cells.map((cell, row) => {
    const bytes = Buffer.from(cell === null ? '' : String(cell))
    ends[row + 1] = (ends[row] as number) + bytes.length
    return bytes
  })
  return [Buffer.from(ends.buffer), Buffer.concat(parts)]
}

const numbers = (cells: readonly Cell[]) => Float64Array.from(cells, (cell) => (cell ?? 0) as number)

const VALUES: Record<ArrowType, (cells: readonly Cell[]) => Buffer[]> = {
  time: (cells) => [arrowIntegers(Float64Array.from(cells, (cell) => Date.parse(String(cell))))],
  number: (cells) => [Buffer.from(numbers(cells).buffer)],
  count: (cells) => [Buffer.from(Int32Array.from(numbers(cells)).buffer)],
  boolean: (cells) => [bits(cells, (cell) => cell === true)],
  text: texts,
}

function vectorOf({ name, type }: ArrowField, rows: readonly TableRow[]): ArrowVector {
  const cells = rows.map((row) => row[name] as Cell)
  const nulls = cells.filter((cell) => cell === null).length
  const validity = nulls === 0 ? Buffer.alloc(0) : bits(cells, (cell) => cell !== null)
  return { nulls, buffers: [validity, ...VALUES[type](cells)] }
}

/** A table as an Arrow IPC stream, in pieces; `facts` go into the metadata of its schema. */
export function* tableAsArrow(
  rows: readonly TableRow[],
  columns: TableColumns,
  facts: Record<string, string>,
): Generator<Buffer> {
  const fields = fieldsOf(columns)
  yield arrowHead(fields, facts)
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const some = rows.slice(from, from + AT_ONCE)
    yield arrowRows(
      some.length,
      fields.map((field) => vectorOf(field, some)),
    )
  }
  yield arrowEnd()
}
