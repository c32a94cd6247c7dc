import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts'
import { startTcpProxy, type TcpProxy } from '../../../test/tcp-proxy.ts'
import { openDatabase } from './database.ts'
import { isDatabaseUnavailable } from './database-errors.ts'

let database: TestDatabase
let proxy: TcpProxy
before(async () => {
  database = await createTestDatabase()
  proxy = await startTcpProxy(database.url)
})
after(async () => {
  await proxy.close()
  await database.drop()
})

async function namesOfStatements(pool: TestDatabase['pool']): Promise<string[]> {
  const { rows } = await pool.query('SELECT name FROM pg_prepared_statements ORDER BY prepare_time')
  return rows.map(({ name }) => name)
}

describe('prepared statements', () => {
  it('are named once for each text, and run again with other values', async () => {
    const { db, pool } = openDatabase({ url: database.url, poolSize: 1, preparedStatements: true })
    const add = async (a: number, b: number) =>
      (await sql<{ sum: number }>`SELECT ${a}::int + ${b}::int AS sum`.execute(db)).rows[0]?.sum
    assert.deepEqual([await add(1, 2), await add(20, 3)], [3, 23])
    assert.equal((await namesOfStatements(pool)).length, 1)
    await db.destroy()
  })

  it('leave a statement without values alone, and one that names itself', async () => {
    const { db, pool } = openDatabase({ url: database.url, poolSize: 1, preparedStatements: true })
    await sql`SELECT 1`.execute(db)
    await pool.query('SELECT 2', [])
    await pool.query({ name: 'mine', text: 'SELECT $1::int', values: [3] })
    assert.deepEqual(await namesOfStatements(pool), ['mine'])
    await db.destroy()
  })

  it('work for who asks the pool itself, which hands over a callback', async () => {
    const { db, pool } = openDatabase({ url: database.url, poolSize: 1, preparedStatements: true })
    const { rows } = await pool.query('SELECT $1::text AS word', ['right'])
    assert.deepEqual(rows, [{ word: 'right' }])
    await db.destroy()
  })

  it('are not made where they are turned off, not even for a statement that names itself', async () => {
    const { db, pool } = openDatabase({ url: database.url, poolSize: 1, preparedStatements: false })
    await sql`SELECT ${1}::int`.execute(db)
    const { rows } = await pool.query({ name: 'mine', text: 'SELECT $1::int AS one', values: [1] })
    assert.deepEqual(rows, [{ one: 1 }])
    assert.deepEqual(await namesOfStatements(pool), [])
    await db.destroy()
  })

  it('are at most 500; what comes later runs without a name', async () => {
    const { db, pool } = openDatabase({ url: database.url, poolSize: 1, preparedStatements: true })
    for (let text = 0; text < 520; text += 1) {
      const { rows } = await pool.query(`SELECT $1::int + ${text} AS sum`, [1])
      assert.deepEqual(rows, [{ sum: text + 1 }])
    }
    const { length } = await namesOfStatements(pool)
    assert.ok(length > 450 && length <= 500, `${length} statements`)
    await db.destroy()
  })
})

describe('a pool', () => {
  it('reports an idle connection that breaks, and goes on with a new one', async () => {
    const broken = Promise.withResolvers<Error>()
    const { db, pool } = openDatabase({
      url: database.url,
      poolSize: 1,
      preparedStatements: true,
      onError: broken.resolve,
    })
    const { rows } = await pool.query('SELECT pg_backend_pid() AS pid')
    await sql`SELECT pg_terminate_backend(${rows[0].pid})`.execute(database.db)
    assert.ok(isDatabaseUnavailable(await broken.promise))
    assert.equal((await pool.query('SELECT 1 AS one')).rows[0].one, 1)
    await db.destroy()
  })

  it('survives the break of an idle connection where nobody listens', async () => {
    const { db, pool } = openDatabase({ url: database.url, poolSize: 1, preparedStatements: true })
    const { rows } = await pool.query('SELECT pg_backend_pid() AS pid')
    const removed = new Promise((resolve) => pool.once('remove', resolve))
    await sql`SELECT pg_terminate_backend(${rows[0].pid})`.execute(database.db)
    await removed
    assert.equal((await pool.query('SELECT 1 AS one')).rows[0].one, 1)
    await db.destroy()
  })

  it('fails what runs when the network breaks and what comes meanwhile, and serves again afterwards', async () => {
    const { db } = openDatabase({ url: proxy.through(database.url), poolSize: 2, preparedStatements: true })
    await sql`SELECT 1`.execute(db)
    const running = sql`SELECT pg_sleep(30)`.execute(db)
    const idle = db.transaction().execute(async (tx) => {
      await sql`SELECT 1`.execute(tx)
      await proxy.cut()
      await sql`SELECT 1`.execute(tx)
    })
    await assert.rejects(running, isDatabaseUnavailable)
    await assert.rejects(idle, isDatabaseUnavailable)
    await assert.rejects(sql`SELECT 1`.execute(db), isDatabaseUnavailable)
    await proxy.mend()
    await sql`SELECT 1`.execute(db)
    await db.destroy()
  })

  it('gives up a statement that takes too long, as if the database were away', async () => {
    const { db } = openDatabase({
      url: database.url,
      poolSize: 1,
      preparedStatements: true,
      queryTimeoutMs: 20,
    })
    await assert.rejects(sql`SELECT pg_sleep(5)`.execute(db), isDatabaseUnavailable)
    await db.destroy()
  })
})
