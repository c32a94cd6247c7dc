import assert from 'node:assert/strict'
import { it } from 'node:test'
import { tableAsCsv } from './table-views.ts'

it('a table as CSV quotes what has to be quoted, and leaves out what is not known', () => {
  const rows = [{ name: 'a "b", c', price: null, won: true }]
  assert.equal(
    [...tableAsCsv(rows, ['name', 'price', 'won'])].join(''),
    'name,price,won\n"a ""b"", c",,true\n',
  )
})
