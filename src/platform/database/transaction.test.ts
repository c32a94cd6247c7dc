import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts'
import type { Tx } from './database.ts'
import { inTransaction } from './transaction.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
  await sql`CREATE TABLE counters (id integer PRIMARY KEY, value integer NOT NULL)`.execute(database.db)
  await sql`INSERT INTO counters VALUES (1, 0), (2, 0)`.execute(database.db)
})
after(() => database.drop())

async function increment(tx: Tx, id: number): Promise<void> {
  await sql`UPDATE counters SET value = value + 1 WHERE id = ${id}`.execute(tx)
}

describe('inTransaction', () => {
  it('commits what the work did and gives what it returns', async () => {
    const { rows } = await inTransaction(database.db, (tx) => sql`SELECT 7 AS seven`.execute(tx))
    assert.deepEqual(rows, [{ seven: 7 }])
  })

  it('lets both of two transactions through that lock the same rows the other way round', async () => {
    const bothHold = Promise.withResolvers<void>()
    const oneIsThrough = Promise.withResolvers<void>()
    let holding = 0
    let runs = 0
    const inOrder = (first: number, second: number) =>
      inTransaction(database.db, async (tx) => {
        runs += 1
        // The one that lost begins again once the other is through, or it might lose again.
        if (runs > 2) await oneIsThrough.promise
        await increment(tx, first)
        holding += 1
        if (holding === 2) bothHold.resolve()
        await bothHold.promise
        await increment(tx, second)
      }).then(oneIsThrough.resolve)
    await Promise.all([inOrder(1, 2), inOrder(2, 1)])
    const { rows } = await sql`SELECT value FROM counters`.execute(database.db)
    assert.deepEqual(rows, [{ value: 2 }, { value: 2 }])
    assert.equal(runs, 3)
  })

  it('gives up after three tries', async () => {
    let runs = 0
    const work = async (tx: Tx) => {
      runs += 1
      await sql`
        INSERT INTO known_addresses (user_id, address_key, last_sign_in_at)
        VALUES (${randomUUID()}, '10.0.0.1', now())`.execute(tx)
    }
    await assert.rejects(inTransaction(database.db, work), { code: '23503' })
    assert.equal(runs, 3)
  })

  it('does not repeat what failed for itself, and leaves nothing of it', async () => {
    let runs = 0
    const work = async (tx: Tx) => {
      runs += 1
      await sql`INSERT INTO counters VALUES (3, 0)`.execute(tx)
      throw new Error('no')
    }
    await assert.rejects(inTransaction(database.db, work), /no/)
    assert.equal(runs, 1)
    assert.deepEqual((await sql`SELECT FROM counters WHERE id = 3`.execute(database.db)).rows, [])
  })
})
