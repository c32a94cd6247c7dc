import type { Columns } from '../../market-data/series.ts'
import type { Cell, ColumnType, TableRow } from '../table-columns.ts'
import { type ColumnarTable, scanTable, takeRows } from './columnar-table.ts'
import { orderRows, sortKeys, writeKeys } from './row-order.ts'

/** Columns of some rows by name. */
export type StoredColumns<Name extends string> = Readonly<Record<Name, Float64Array>>

/** A column of an answer, made of columns of the table. */
export type ViewColumn<Name extends string = string> = {
  name: string
  /** A `?` says that cells may be null. */
  type: ColumnType
  /** The columns that it is made of. */
  from: readonly Name[]
  /**
   * The value at a place of `columns`; `row` is the place in the table. NaN is null, 1 is true, a time is UTC in ms, a
   * text is an index of `words`. Left out where it is the only column of `from` as it is.
   */
  value?: (columns: StoredColumns<Name>, at: number, row: number) => number
  words?: readonly string[]
}

/** What an answer tells of a column. */
export type ShownColumn = Pick<ViewColumn, 'name' | 'type' | 'words'>

/** A table as answers show it. */
export type TableView<Name extends string = string> = {
  table: ColumnarTable<Name>
  columns: readonly ViewColumn<Name>[]
}

/** Some rows of a view: the numbers of each column. */
export type ViewPiece = { rows: number; values: readonly Float64Array[] }

/** Rows of a sorted table that are put together at once (10 MB of trades): each pass reads the whole table. */
const SORTED_ROWS = 32_768

function namesOf<Name extends string>(columns: readonly ViewColumn<Name>[]): Name[] {
  return [...new Set(columns.flatMap(({ from }) => from))]
}

function valuesOf<Name extends string>(
  { from, value }: ViewColumn<Name>,
  stored: StoredColumns<Name>,
  rowAt: (at: number) => number,
  rows: number,
): Float64Array {
  if (value === undefined) return stored[from[0] as Name]
  const values = new Float64Array(rows)
  for (let at = 0; at < rows; at++) values[at] = value(stored, at, rowAt(at))
  return values
}

function pieceOf<Name extends string>(
  columns: readonly ViewColumn<Name>[],
  read: Columns,
  rowAt: (at: number) => number,
  rows: number,
): ViewPiece {
  const entries = namesOf(columns).map((name, index) => [name, read[index]])
  const stored: StoredColumns<Name> = Object.fromEntries(entries)
  return { rows, values: columns.map((column) => valuesOf(column, stored, rowAt, rows)) }
}

/** The rows at `positions` of the table, in their order. */
export async function readPiece<Name extends string>(
  { table, columns }: TableView<Name>,
  positions: ArrayLike<number>,
): Promise<ViewPiece> {
  const read = await takeRows(table, namesOf(columns), positions)
  return pieceOf(columns, read, (at) => positions[at] as number, positions.length)
}

async function* scanView<Name extends string>({
  table,
  columns,
}: TableView<Name>): AsyncGenerator<ViewPiece & { from: number }> {
  for await (const { from, columns: read } of scanTable(table, namesOf(columns))) {
    const rows = Math.min(table.groupRows, table.rows - from)
    yield { from, ...pieceOf(columns, read, (at) => from + at, rows) }
  }
}

/** All rows, piece by piece, in the table's order or in another. */
export async function* viewPieces<Name extends string>(
  view: TableView<Name>,
  order: Uint32Array | null,
): AsyncGenerator<ViewPiece> {
  if (order === null) return yield* scanView(view)
  for (let from = 0; from < order.length; from += SORTED_ROWS) {
    yield await readPiece(view, order.subarray(from, from + SORTED_ROWS))
  }
}

/** For each of `words` its place among them in text order, equal words alike. */
function ranksOf(words: readonly string[]): Float64Array {
  const sorted = [...new Set(words)].sort((a, b) => (a < b ? -1 : 1))
  return Float64Array.from(words, (word) => sorted.indexOf(word))
}

/**
 * Row numbers in the order of a column: numbers by size, texts by their UTF-16 code units, null first, equal ones in
 * the table's order; descending, null comes last.
 */
export async function sortView<Name extends string>(
  { table }: TableView<Name>,
  column: ViewColumn<Name>,
  isDescending: boolean,
): Promise<Uint32Array> {
  const keys = sortKeys(table.rows)
  const ranks = column.words && ranksOf(column.words)
  for await (const { from, values } of scanView({ table, columns: [column] })) {
    const [numbers] = values as [Float64Array]
    const sizes = ranks ? numbers.map((word) => ranks[word] ?? Number.NaN) : numbers
    writeKeys(keys, sizes, from, isDescending)
  }
  return orderRows(keys)
}

/** Make the cell of a value; a word is one of its column. */
export function cellOf({ type, words }: Omit<ShownColumn, 'name'>, value: number): Cell {
  if (type.endsWith('?') && Number.isNaN(value)) return null
  if (words) return words[value] as string
  if (type.startsWith('time')) return new Date(value).toISOString()
  return type.startsWith('boolean') ? value === 1 : value
}

/** Make rows of a piece, as JSON answers hold them. */
export function rowsOf(columns: readonly ShownColumn[], { rows, values }: ViewPiece): TableRow[] {
  return Array.from({ length: rows }, (_, at) =>
    Object.fromEntries(
      columns.map((column, index) => [
        column.name,
        cellOf(column, (values[index] as Float64Array)[at] as number),
      ]),
    ),
  )
}
