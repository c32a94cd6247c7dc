import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { METRICS } from './catalogue.ts'

const FILE = join(import.meta.dirname, '../../../docs/BACKTESTS.md')

it('the document lists every metric with its definition, and no other', () => {
  const text = readFileSync(FILE, 'utf8')
  const between = text.slice(text.indexOf('<!-- metrics -->'), text.indexOf('<!-- end of metrics -->'))
  const rows = between.split('\n').filter((line) => line.startsWith('| `'))
  const told = rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|'))
      .slice(1, 4),
  )
  assert.deepEqual(
    told,
    METRICS.map(({ name, unit, definition }) => [`\`${name}\``, unit, definition]),
  )
})
