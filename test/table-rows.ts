import type { Cell, TableColumns, TableRow } from '../src/backtests/table-columns.ts'
import { memoryTable } from '../src/backtests/tables/columnar-table.ts'
import type { TableView, ViewColumn } from '../src/backtests/tables/table-view.ts'

function wordsOf(cells: readonly Cell[]): string[] {
  return [...new Set(cells.filter((cell) => typeof cell === 'string'))]
}

function numberOf(cell: Cell, words: readonly string[], type: string): number {
  if (cell === null) return Number.NaN
  if (type === 'time') return Date.parse(String(cell))
  return typeof cell === 'string' ? words.indexOf(cell) : Number(cell)
}

/** Makes a table in memory of rows, and a view that shows them as they are. */
export function viewOfRows(types: TableColumns, rows: readonly TableRow[]): TableView {
  const columns: ViewColumn[] = []
  const stored: Record<string, Float64Array> = {}
  for (const [name, type] of Object.entries(types)) {
    const cells = rows.map((row) => row[name] as Cell)
    const kind = type.replace('?', '')
    const words = kind === 'text' ? wordsOf(cells) : []
    stored[name] = Float64Array.from(cells, (cell) => numberOf(cell, words, kind))
    columns.push({ name, type, from: [name], ...(kind === 'text' ? { words } : {}) })
  }
  return { table: memoryTable(stored), columns }
}
