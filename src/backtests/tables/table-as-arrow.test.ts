import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { readArrow } from '../../../test/arrow.ts'
import { viewOfRows } from '../../../test/table-rows.ts'
import { TYPE } from '../../market-data/arrow-format.ts'
import type { TableColumns, TableRow } from '../table-columns.ts'
import { tableAsArrow } from './table-as-arrow.ts'
import { viewPieces } from './table-view.ts'

const COLUMNS = {
  at: 'time',
  name: 'text',
  reason: 'text?',
  price: 'number?',
  trade: 'count?',
  won: 'boolean',
  lost: 'boolean?',
} as const satisfies TableColumns

function pieces(rows: readonly TableRow[], facts = {}): Promise<Buffer[]> {
  const view = viewOfRows(COLUMNS, rows)
  return Array.fromAsync(tableAsArrow(view.columns, viewPieces(view, null), facts))
}

const read = async (rows: readonly TableRow[], facts = {}) =>
  readArrow(Buffer.concat(await pieces(rows, facts)))

const shown = (rows: readonly TableRow[]) => rows.map((row) => ({ ...row, at: Date.parse(String(row.at)) }))

const time = fc.date({ min: new Date(0), max: new Date(Date.UTC(9999, 0)), noInvalidDate: true })
const anyRow: fc.Arbitrary<TableRow> = fc.record({
  at: time.map((date) => date.toISOString()),
  name: fc.string({ unit: 'grapheme' }),
  reason: fc.option(fc.string({ unit: 'grapheme' })),
  price: fc.option(fc.double({ noNaN: true })),
  trade: fc.option(fc.integer()),
  won: fc.boolean(),
  lost: fc.option(fc.boolean()),
})

describe('a table as an Arrow stream', () => {
  it('is read as what was written, whatever its cells hold and whichever are missing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { maxLength: 40 }), async (rows) => {
        assert.deepEqual((await read(rows)).rows, shown(rows))
      }),
    )
  })

  it('names the type of each column, also where there is no row, and its facts', async () => {
    const { kinds, rows, facts } = await read([], { table: 'trades' })
    assert.deepEqual(kinds, {
      ...{ at: TYPE.timestamp, name: TYPE.utf8, reason: TYPE.utf8, price: TYPE.floatingPoint },
      ...{ trade: TYPE.integer, won: TYPE.boolean, lost: TYPE.boolean },
    })
    assert.deepEqual([rows, facts], [[], { table: 'trades' }])
  })

  it('comes in several batches where it is long', async () => {
    const row = {
      at: '2024-01-01T00:00:00.000Z',
      name: 'ä',
      reason: null,
      price: null,
      trade: null,
      won: true,
    }
    const rows = Array.from({ length: 20_000 }, (_, at) => ({ ...row, trade: at, lost: at % 3 === 0 }))
    assert.equal((await pieces(rows)).length, 4)
    assert.deepEqual((await read(rows)).rows, shown(rows))
  })
})
