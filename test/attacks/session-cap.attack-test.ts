import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type HashingPool, openHashingPool } from '../../src/platform/hashing/hashing-pool.ts'
import { createClient, randomIp } from '../client.ts'
import { logIn, signUp } from '../people.ts'
import { atOnce, isAlive, tally, useInstances } from './instances.ts'

/** Proves every password at once: the time that it takes would let the sign-ins through one after another. */
const hashing: HashingPool = { ...openHashingPool(), queueSize: 0, verify: async () => true }
const instances = useInstances({ hashing })

describe('24. parallel logins keep more sessions than a user may have', () => {
  it('50 at once leave four, and the tokens of the others are dead', async () => {
    const person = await signUp(instances.app)
    const answers = await atOnce(50, (i) => {
      const client = createClient(i % 2 ? instances.app : instances.twin, { ip: randomIp() })
      return logIn(instances.app, person, client)
    })
    assert.deepEqual(tally(answers), { 200: 50 })
    const pairs = answers.map(({ data }) => data)
    const living = await Promise.all(pairs.map(({ access_token }) => isAlive(instances.twin, access_token)))
    assert.equal(living.filter(Boolean).length, 4)
    assert.ok(!(await isAlive(instances.app, person.accessToken)))
    const refreshed = await Promise.all(
      pairs.map(({ refresh_token }) => createClient(instances.app).post('/auth/refresh', { refresh_token })),
    )
    assert.deepEqual(
      refreshed.map(({ status }) => status === 200),
      living,
    )
    const token = pairs.find((_, i) => living[i] === true)?.access_token
    const { data } = await createClient(instances.app).get('/sessions', { token })
    assert.equal(data.total_sessions, 4)
  })
})
