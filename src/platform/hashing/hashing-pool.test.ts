import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import bcrypt from 'bcryptjs'
import { AppError } from '../errors.ts'
import { type HashingPool, openHashingPool } from './hashing-pool.ts'
import { runHashingTask } from './hashing-worker.ts'

const PASSWORD = 'violet-tangent-9-harbour'

describe('a hashing pool', () => {
  let pool: HashingPool
  before(() => {
    pool = openHashingPool({ threads: 2 })
  })
  after(() => pool.close())

  it('makes Argon2id hashes of 19 MiB and 2 passes, each with a salt of its own', async () => {
    const [first, second] = await Promise.all([pool.hash(PASSWORD), pool.hash(PASSWORD)])
    assert.match(first ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    assert.notEqual(first, second)
  })

  it('knows the right password from a wrong one', async () => {
    const hash = await pool.hash(PASSWORD)
    assert.equal(await pool.verify(PASSWORD, hash), true)
    assert.equal(await pool.verify(`${PASSWORD}!`, hash), false)
  })

  it('knows the passwords of bcrypt hashes, cut at 72 bytes', async () => {
    const long = 'x'.repeat(80)
    const hash = bcrypt.hashSync(long, 4)
    assert.equal(await pool.verifyBcrypt(long, hash), true)
    assert.equal(await pool.verifyBcrypt('x'.repeat(72), hash), true)
    assert.equal(await pool.verifyBcrypt('x'.repeat(71), hash), false)
  })

  it('scores how hard a password is to guess, the easier for what it repeats', async () => {
    assert.equal(await pool.strength('password1', []), 0)
    assert.equal(await pool.strength(PASSWORD, []), 4)
    const alone = await pool.strength('adabyron1815', [])
    const known = await pool.strength('adabyron1815', ['adabyron1815'])
    assert.ok(known < alone, `${known} and ${alone}`)
  })

  it('passes on what is wrong with a hash', async () => {
    await assert.rejects(pool.verify(PASSWORD, 'no hash'), (error) => !(error instanceof AppError))
  })
})

describe('a hashing pool under load', () => {
  it('keeps a bounded queue and refuses what is too much at once, with 503 and when to come back', async () => {
    const pool = openHashingPool({ threads: 1, maxQueue: 2 })
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => pool.hash(PASSWORD)))
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    assert.ok(reasons.length >= 8, `${reasons.length} refused`)
    for (const reason of reasons) {
      assert.ok(reason instanceof AppError)
      assert.deepEqual([reason.code, reason.status, reason.retryAfterSeconds], ['overloaded', 503, 2])
    }
    await pool.close()
  })

  it('says how many wait, and leaves the event loop to others', async () => {
    const pool = openHashingPool({ threads: 1 })
    let running = true
    const work = Promise.all(Array.from({ length: 10 }, () => pool.hash(PASSWORD))).then(() => {
      running = false
    })
    let turns = 0
    let mostWaiting = 0
    while (running) {
      mostWaiting = Math.max(mostWaiting, pool.queueSize)
      await setImmediate()
      turns += 1
    }
    await work
    assert.ok(mostWaiting >= 5, `${mostWaiting} waiting`)
    assert.ok(turns > 50, `${turns} turns`)
    await pool.close()
  })
})

describe('runHashingTask', () => {
  it('does in a thread what the pool asks', () => {
    const hash = runHashingTask({ kind: 'hash', password: PASSWORD })
    assert.equal(runHashingTask({ kind: 'verify', password: PASSWORD, hash: String(hash) }), true)
    const old = bcrypt.hashSync(PASSWORD, 4)
    assert.equal(runHashingTask({ kind: 'verify_bcrypt', password: PASSWORD, hash: old }), true)
    assert.equal(runHashingTask({ kind: 'strength', password: PASSWORD, userInputs: [] }), 4)
    assert.equal(runHashingTask({ kind: 'strength', password: 'password1', userInputs: [] }), 0)
  })
})
