import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { startTestApp, type TestApp } from '../../../test/app.ts'
import { giveCandles, giveStrategy, runBacktest, trader } from '../../../test/backtests.ts'
import { withBudget } from '../../../test/work.ts'
import { ORDER_NAMES, TRADE_NAMES } from '../outcome-tables.ts'
import { type ColumnarTable, readColumn } from './columnar-table.ts'
import { openStoredTable } from './stored-table.ts'
import { findTable } from './tables-repository.ts'

let app: TestApp
before(async () => {
  app = await startTestApp()
})
after(() => app.close())

const TABLES = ['trades', 'orders', 'daily'] as const
type Name = (typeof TABLES)[number]

/** A table as the older format had it: one frame of the numbers of columns and rows, and the columns. */
async function olderTable(key: Buffer, name: Name): Promise<Buffer> {
  const names = { trades: TRADE_NAMES, orders: ORDER_NAMES, daily: ['time', 'equity', 'buyAndHold'] }[name]
  const table = (await withBudget((budget) =>
    findTable({ db: app.platform.db, budget }, key, name),
  )) as ColumnarTable
  const columns = []
  for (const column of names) columns.push(Buffer.from((await readColumn(table, column)).buffer))
  const header = Buffer.from(new Uint32Array([columns.length, table.rows]).buffer)
  return zstdCompressSync(Buffer.concat([header, ...columns]))
}

describe('a stored table', () => {
  it('of the older format is answered as before, and is rewritten by its first reading', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const run = await runBacktest(app, ada, await giveStrategy(ada), {
      instruments: [{ dataset_id: dataset }],
    })
    const { db } = app.platform
    const key = Buffer.from(run.run_id, 'hex')
    const paths = ['trades', 'orders?sort=-fee', 'equity'].map((path) => `/backtests/${run.id}/${path}`)
    const read = () => Promise.all(paths.map(async (path) => (await ada.get(path)).data))
    const expected = await read()
    assert.ok(expected.every(({ total }) => total > 2))
    for (const name of TABLES) {
      const older = await olderTable(key, name)
      await db
        .updateTable('backtest_results')
        .set({ [name]: older })
        .where('key', '=', key)
        .execute()
    }
    assert.deepEqual(await read(), expected)
    for (const name of TABLES) {
      const { bytes } = await db
        .selectFrom('backtest_results')
        .select(`${name} as bytes`)
        .where('key', '=', key)
        .executeTakeFirstOrThrow()
      const reopened = await openStoredTable(['a'], async (from, to) => bytes.subarray(from, to))
      assert.ok(reopened !== undefined, name)
    }
    assert.deepEqual(await read(), expected)
  })

  it('that is deleted meanwhile is not found', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const run = await runBacktest(app, ada, await giveStrategy(ada), {
      ...{ instruments: [{ dataset_id: dataset }], initial_capital: 77_777 },
    })
    const { db } = app.platform
    const key = Buffer.from(run.run_id, 'hex')
    await assert.rejects(
      withBudget((budget) => findTable({ db, budget }, randomBytes(32), 'trades')),
      { code: 'backtest_not_found' },
    )
    await db.deleteFrom('backtest_results').where('key', '=', key).execute()
    const answer = await ada.get(`/backtests/${run.id}/trades`)
    assert.deepEqual([answer.status, answer.error.code], [404, 'backtest_not_found'])
  })
})
