import assert from 'node:assert/strict'
import { it } from 'node:test'
import { viewOfRows } from '../../../test/table-rows.ts'
import { tableAsCsv } from './table-as-csv.ts'
import { viewPieces } from './table-view.ts'

it('a table as CSV quotes what has to be quoted, and leaves missing cells empty', async () => {
  const view = viewOfRows({ name: 'text?', at: 'time', price: 'number?', won: 'boolean' }, [
    { name: 'a "b", c', at: '2024-01-01T00:00:00.000Z', price: null, won: true },
    { name: null, at: '2024-01-01T00:00:00.001Z', price: 0.5, won: false },
  ])
  const pieces = await Array.fromAsync(tableAsCsv(view.columns, viewPieces(view, null)))
  assert.equal(
    pieces.join(''),
    'name,at,price,won\n"a ""b"", c",2024-01-01T00:00:00.000Z,,true\n,2024-01-01T00:00:00.001Z,0.5,false\n',
  )
})

it('a long table as CSV comes in pieces of bounded size', async () => {
  const rows = Array.from({ length: 2_500 }, (_, at) => ({ number: at }))
  const view = viewOfRows({ number: 'count' }, rows)
  const pieces = await Array.fromAsync(tableAsCsv(view.columns, viewPieces(view, null)))
  assert.deepEqual(
    pieces.map((piece) => piece.split('\n').length - 1),
    [1, 1_000, 1_000, 500],
  )
})
