import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import bcrypt from 'bcryptjs'
import { type HashingPool, openHashingPool } from '../platform/hashing/hashing-pool.ts'
import { hashPassword, isOldHash, isRightPassword } from './password-hash.ts'

const PASSWORD = 'violet-tangent-9-harbour'
const PARAMETERS = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/

let hashing: HashingPool
/** The hashes that were compared with a password. */
let compared: string[]

before(() => {
  const pool = openHashingPool({ threads: 1 })
  compared = []
  hashing = {
    ...pool,
    queueSize: 0,
    verify(password, hash) {
      compared.push(hash)
      return pool.verify(password, hash)
    },
  }
})
after(() => hashing.close())

const isRight = (password: string, hash: string | undefined) => isRightPassword({ hashing }, password, hash)

describe('a password', () => {
  it('is hashed by Argon2id with 19 MiB, 2 passes and 1 lane, and a salt of its own', async () => {
    const hashes = [await hashPassword({ hashing }, PASSWORD), await hashPassword({ hashing }, PASSWORD)]
    for (const hash of hashes) {
      assert.match(hash, PARAMETERS)
      assert.equal(isOldHash(hash), false)
      assert.equal(await isRight(PASSWORD, hash), true)
      assert.equal(await isRight(PASSWORD.toUpperCase(), hash), false)
    }
    assert.notEqual(hashes[0], hashes[1])
  })

  it('fits in every spelling that NFKC makes one', async () => {
    const hash = await hashPassword({ hashing }, 'Ａpfel-e\u0301 ﬁx 42')
    assert.equal(await isRight('Apfel-é fix 42', hash), true)
  })

  it('counts to its last character', async () => {
    const long = 'é'.repeat(127)
    const hash = await hashPassword({ hashing }, `${long}x`)
    assert.equal(await isRight(`${long}x`, hash), true)
    assert.equal(await isRight(`${long}y`, hash), false)
  })
})

describe('the password of nobody', () => {
  it('is compared with a hash of the same cost, and never fits', async () => {
    compared.length = 0
    assert.equal(await isRight(PASSWORD, undefined), false)
    assert.equal(compared.length, 1)
    assert.match(compared[0] ?? '', PARAMETERS)
    const real = await hashPassword({ hashing }, PASSWORD)
    assert.equal(compared[0]?.length, real.length)
  })
})

describe('a hash of the older system', () => {
  it('fits the bytes as they were typed, cut at 72', async () => {
    const typed = `ﬁx-${'é'.repeat(40)}`
    const hash = await bcrypt.hash(typed, 4)
    assert.equal(await isRight(typed, hash), true)
    assert.equal(await isRight(typed.normalize('NFKC'), hash), false)
    assert.equal(await isRight(`${typed}, and more`, hash), true)
    assert.equal(await isRight(typed.slice(0, 30), hash), false)
  })

  it('is old, as is one with fewer passes or less memory', () => {
    for (const hash of [
      '$2b$12$abcdefghijklmnopqrstuv',
      '$2a$10$abcdefghijklmnopqrstuv',
      '$argon2id$v=19$m=19456,t=1,p=1$YWJjZGVmZ2g$aGFzaA',
      '$argon2id$v=19$m=9216,t=4,p=1$YWJjZGVmZ2g$aGFzaA',
      '$argon2i$v=19$m=19456,t=2,p=1$YWJjZGVmZ2g$aGFzaA',
    ]) {
      assert.equal(isOldHash(hash), true, hash)
    }
  })
})
