import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { viewOfRows } from '../../../test/table-rows.ts'
import type { Cell, TableColumns, TableRow } from '../table-columns.ts'
import { memoryTable } from './columnar-table.ts'
import { readPiece, rowsOf, sortView, type ViewColumn, viewPieces } from './table-view.ts'

const COLUMNS = {
  price: 'number',
  fee: 'number?',
  count: 'count?',
  at: 'time',
  reason: 'text',
  liquidity: 'text?',
  won: 'boolean',
} as const satisfies TableColumns

/** The order of answers, written plainly. */
function compare(a: Cell, b: Cell): number {
  if (a === b) return 0
  if (a === null) return -1
  return b !== null && a < b ? -1 : 1
}

function sorted(rows: readonly TableRow[], name: string, way: number): TableRow[] {
  return rows.toSorted((a, b) => way * compare(a[name] as Cell, b[name] as Cell))
}

const few = (values: readonly Cell[]) => fc.constantFrom(...values)
const anyRow: fc.Arbitrary<TableRow> = fc
  .record({
    price: fc.oneof(fc.double({ noNaN: true }), few([0, -0, 1, -1, 5e-324, -5e-324])),
    fee: fc.option(fc.double({ noNaN: true })),
    count: fc.option(fc.integer({ min: -3, max: 3 })),
    at: fc.integer({ min: 0, max: 2 ** 44 }).map((ms) => new Date(ms).toISOString()),
    reason: few(['exit_rule', 'stop_loss', 'Z', 'ä', '', '\u{1F600}', '\uFFFD']),
    liquidity: few(['taker', 'maker', null]),
    won: fc.boolean(),
  })
  .map((row) => ({ ...row }))

async function sortedByView(rows: readonly TableRow[], name: string, isDescending: boolean) {
  const view = viewOfRows(COLUMNS, rows)
  const column = view.columns.find((found) => found.name === name) as ViewColumn
  const order = await sortView(view, column, isDescending)
  return rowsOf(view.columns, await readPiece(view, order))
}

describe('sorting a view', () => {
  for (const name of Object.keys(COLUMNS)) {
    it(`by ${name} is what comparing cells gives, both ways, equal ones in their own order`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyRow, { maxLength: 60 }), fc.boolean(), async (rows, isDescending) => {
          const expected = sorted(rows, name, isDescending ? -1 : 1)
          assert.deepEqual(await sortedByView(rows, name, isDescending), expected)
        }),
        { numRuns: 40 },
      )
    })
  }

  it('orders a table of several groups and passes', async () => {
    const rows = 300_000
    const values = Float64Array.from({ length: rows }, (_, row) => Math.sin(row) * 1e6)
    const view = { table: memoryTable({ value: values }), columns: [VALUE] }
    const order = await sortView(view, VALUE, false)
    assert.deepEqual(
      values.toSorted().map((value) => value),
      Float64Array.from(order, (row) => values[row] as number),
    )
    const pieces = await Array.fromAsync(viewPieces(view, order))
    assert.deepEqual(
      pieces.map((piece) => piece.rows),
      [...Array(9).fill(32_768), 5_088],
    )
    assert.deepEqual(
      pieces.flatMap(({ values: [column] }) => [...(column as Float64Array)]),
      [...values.toSorted()],
    )
  })
})

const VALUE: ViewColumn<'value'> = { name: 'value', type: 'number', from: ['value'] }

describe('a column that is computed', () => {
  it('knows the place of its row in the table, in a page and in a piece', async () => {
    const view = {
      table: memoryTable({ value: new Float64Array(20_000) }),
      columns: [
        { name: 'number', type: 'count', from: [], value: (_: unknown, __: number, row: number) => row + 1 },
      ] satisfies ViewColumn[],
    }
    const page = await readPiece(view, [19_999, 3])
    assert.deepEqual(rowsOf(view.columns, page), [{ number: 20_000 }, { number: 4 }])
    const [, second] = await Array.fromAsync(viewPieces(view, null))
    assert.deepEqual([second?.rows, second?.values[0]?.[0]], [3_616, 16_385])
  })
})
