import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTestDatabase } from '../../../test/database.ts'
import { forgiveSecondRelease } from './forgiving-pool.ts'

describe('forgiveSecondRelease', () => {
  it('takes a connection back once, however often it is given back', async (t) => {
    const database = await createTestDatabase()
    t.after(() => database.drop())
    const { pool } = database
    forgiveSecondRelease(pool)
    const done = Promise.withResolvers<void>()
    pool.connect((error, client, release) => {
      assert.equal(error, undefined)
      assert.notEqual(client, undefined)
      release()
      release()
      done.resolve()
    })
    await done.promise
    assert.deepEqual([pool.totalCount, pool.idleCount], [1, 1])
    const client = await pool.connect()
    assert.deepEqual([pool.totalCount, pool.idleCount], [1, 0])
    client.release()
  })
})
