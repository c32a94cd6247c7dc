import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startTestApp } from '../app.ts'
import { createClient } from '../client.ts'
import { countMails, logIn, signUp } from '../people.ts'
import { atOnce, isAlive, tally, useInstances } from './instances.ts'

const instances = useInstances()

const refresh = (token: string, on = instances.app) =>
  createClient(on).post('/auth/refresh', { refresh_token: token })

async function signedIn() {
  const person = await signUp(instances.app)
  const other = await logIn(instances.app, person)
  return { ...person, other: String(other.data.access_token) }
}

async function thefts(token: string): Promise<number> {
  const { data } = await createClient(instances.app).get('/users/me/activity', { token })
  return data.events.filter(({ event }: { event: string }) => event === 'token_theft').length
}

describe('6. one refresh token grows into several sessions', () => {
  it('50 at once on two instances: one successor, and all get the same pair', async () => {
    const person = await signUp(instances.app)
    instances.app.clock.advance(10)
    const answers = await atOnce(50, (i) =>
      refresh(person.refreshToken, i % 2 ? instances.twin : instances.app),
    )
    assert.deepEqual(tally(answers), { 200: 50 })
    assert.equal(new Set(answers.map(({ data }) => data.access_token)).size, 1)
    assert.equal(new Set(answers.map(({ data }) => data.refresh_token)).size, 1)
    const [first] = answers
    assert.notEqual(first?.data.refresh_token, person.refreshToken)
    const { data } = await createClient(instances.app).get('/sessions', { token: first?.data.access_token })
    assert.equal(data.total_sessions, 1)
    assert.equal(await countMails(instances.app, person.email, /ended a session/), 0)
  })

  it('50 at once of a token and its successor: never a third generation, nor two of one', async () => {
    const person = await signUp(instances.app)
    instances.app.clock.advance(10)
    const { data } = await refresh(person.refreshToken)
    const answers = await atOnce(50, (i) =>
      refresh(i % 2 ? person.refreshToken : data.refresh_token, i % 3 ? instances.twin : instances.app),
    )
    const tokens = new Set(answers.filter(({ status }) => status === 200).map((a) => a.data.refresh_token))
    tokens.delete(data.refresh_token)
    assert.ok(tokens.size <= 1, `${tokens.size} successors of one token`)
  })
})

describe('7. a thief of a refresh token stays signed in', () => {
  for (const restarted of [false, true]) {
    const when = restarted ? ', over a restart' : ''

    it(`with the first token of a chain of three${when}`, async (t) => {
      const person = await signedIn()
      const first = await refresh(person.refreshToken)
      const second = await refresh(first.data.refresh_token)
      const on = restarted
        ? await startTestApp({ sharing: instances.app, withoutJobs: true })
        : instances.twin
      if (restarted) t.after(() => on.close())
      // Within the minute in which the one before the newest may be repeated: this one is older.
      const stolen = await refresh(person.refreshToken, on)
      const forged = await refresh('nonsense', on)
      assert.deepEqual([stolen.status, stolen.error.errors], [400, forged.error.errors])
      for (const { data } of [{ data: { access_token: person.accessToken } }, first, second]) {
        assert.ok(!(await isAlive(on, data.access_token)), 'an access token of the stolen session lives')
      }
      assert.equal((await refresh(second.data.refresh_token)).status, 400)
      assert.ok(await isAlive(instances.app, person.other), 'another session of the owner has ended')
      assert.equal(await thefts(person.other), 1)
      assert.equal(await countMails(instances.app, person.email, /ended a session/), 1)
    })

    it(`with the token before the newest, after a minute${when}`, async (t) => {
      const person = await signedIn()
      const first = await refresh(person.refreshToken)
      const second = await refresh(first.data.refresh_token)
      const on = restarted
        ? await startTestApp({ sharing: instances.app, withoutJobs: true })
        : instances.twin
      if (restarted) t.after(() => on.close())
      instances.app.clock.advance(60)
      const retried = await refresh(first.data.refresh_token, on)
      assert.equal(
        retried.data.refresh_token,
        second.data.refresh_token,
        'an honest retry gets the same pair',
      )
      instances.app.clock.advance(1)
      assert.equal((await refresh(first.data.refresh_token, on)).status, 400)
      assert.ok(!(await isAlive(instances.app, second.data.access_token)))
      assert.equal((await refresh(second.data.refresh_token, on)).status, 400)
      assert.ok(await isAlive(on, person.other))
      assert.equal(await thefts(person.other), 1)
    })
  }
})
