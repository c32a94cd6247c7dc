import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { memoryTable, readColumn, takeRows, withRunningColumn } from './columnar-table.ts'
import { FIRST_BYTES, openStoredTable } from './stored-table.ts'
import { decodeOlderTable, encodeTable, GROUP_ROWS } from './table-codec.ts'

const NAMES = ['a', 'b', 'c'] as const

function columnsOf(rows: number): Float64Array[] {
  return NAMES.map((_, index) => Float64Array.from({ length: rows }, (__, row) => Math.sin(row * 3 + index)))
}

/** Opens a table, and notes which of its bytes are read. */
async function open<Name extends string>(encoded: Buffer, names: readonly Name[]) {
  const ranges: [number, number][] = []
  const table = await openStoredTable(names, async (from, to) => {
    ranges.push([from, Math.min(to, encoded.length)])
    return encoded.subarray(from, to)
  })
  if (table === undefined) throw new Error('the table is of the older format')
  return { table, ranges }
}

const ROWS = 3 * GROUP_ROWS + 5

describe('a stored table', () => {
  it('has the values that were encoded', async () => {
    for (const rows of [0, 1, GROUP_ROWS, ROWS]) {
      const columns = columnsOf(rows)
      const { table } = await open(await encodeTable(columns), NAMES)
      assert.equal(table.rows, rows)
      for (const [index, name] of NAMES.entries()) {
        assert.deepEqual(await readColumn(table, name), columns[index])
      }
    }
  })

  it('reads the bytes of the groups that are needed, and of the columns', async () => {
    const columns = columnsOf(ROWS)
    const encoded = await encodeTable(columns)
    const { table, ranges } = await open(encoded, NAMES)
    ranges.length = 0
    const positions = [ROWS - 1, ROWS - 3, ROWS - 3]
    const taken = await takeRows(table, ['b'], positions)
    assert.deepEqual(taken, [Float64Array.from(positions, (row) => columns[1]?.[row] as number)])
    const bytes = ranges.reduce((sum, [from, to]) => sum + to - from, 0)
    assert.ok(ranges.length === 1 && bytes < 100, `${bytes} of ${encoded.length} bytes`)
  })

  it('of a few rows is read at once', async () => {
    const { table, ranges } = await open(await encodeTable(columnsOf(20)), NAMES)
    await takeRows(table, NAMES, [0, 19])
    assert.equal(ranges.length, 1)
  })

  it('whose index is longer than what is read first is read as well', async () => {
    const names = Array.from({ length: 17 }, (_, at) => `column ${at}`)
    const columns = names.map((_, at) => Float64Array.from({ length: 1_000 }, (__, row) => at * row))
    const { table, ranges } = await open(await encodeTable(columns, 1), names)
    assert.ok((ranges[1]?.[1] as number) > FIRST_BYTES)
    assert.deepEqual(await takeRows(table, ['column 16'], [999, 1]), [Float64Array.of(16 * 999, 16)])
  })

  it('of the older format is told apart, and decoded', async () => {
    const columns = columnsOf(200_000)
    const header = Buffer.from(new Uint32Array([columns.length, 200_000]).buffer)
    const bytes = columns.map((column) => Buffer.from(column.buffer))
    const encoded = zstdCompressSync(Buffer.concat([header, ...bytes]))
    assert.equal(await openStoredTable(NAMES, async (from, to) => encoded.subarray(from, to)), undefined)
    assert.deepEqual(await decodeOlderTable(encoded), columns)
  })
})

describe('a running column', () => {
  const values = columnsOf(ROWS)[0] as Float64Array
  let highest = 0
  const peaks = values.map((value) => {
    highest = Math.max(highest, value)
    return highest
  })
  const table = withRunningColumn(memoryTable({ value: values }), {
    ...{ name: 'peak', from: 'value', start: 0, next: Math.max },
  } as const)

  it('goes on from group to group, and begins anew for an earlier one', async () => {
    for (const group of [3, 1, 2, 0]) {
      const [peak, value] = await table.read(group, ['peak', 'value'])
      const [from, to] = [group * GROUP_ROWS, (group + 1) * GROUP_ROWS]
      assert.deepEqual([peak, value], [peaks.subarray(from, to), values.subarray(from, to)])
    }
  })

  it('is not computed where it is not read', async () => {
    assert.deepEqual(await table.read(0, ['value']), [values.subarray(0, GROUP_ROWS)])
  })
})
