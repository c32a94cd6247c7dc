import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import {
  logIn,
  makePerson,
  OTHER_PASSWORD,
  PASSWORD,
  readCode,
  type SignedUp,
  signUp,
  wrongCode,
} from '../../test/people.ts'
import { ACCOUNT_EVENTS } from './account-events.ts'

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'

type Event = { event: string; outcome: string; ip_address: string; device: string; created_at: string }

let app: TestApp

before(async () => {
  app = await startTestApp()
})
after(async () => {
  await app.close()
})

const read = (person: Pick<SignedUp, 'accessToken'>, query = '') =>
  createClient(app).get(`/users/me/activity${query}`, { token: person.accessToken })

/** What happened, oldest first. */
async function story(person: Pick<SignedUp, 'accessToken'>): Promise<string[]> {
  const { data } = await read(person, '?limit=100')
  return data.events.map(({ event, outcome }: Event) => `${event} ${outcome}`).reverse()
}

describe('the activity', () => {
  it('says what happened, how it ended, from where, on what device and when', async () => {
    const person = await signUp(app)
    app.clock.advance(60)
    await logIn(app, person, createClient(app, { ip: '2001:db8:1::7', userAgent: FIREFOX }))
    const { status, data } = await read(person)
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(data).sort(), ['events', 'limit', 'page', 'total'])
    assert.deepEqual(data.events[0], {
      ...{ event: 'login', outcome: 'success', ip_address: '2001:db8:1::7' },
      ...{ device: 'Firefox on Windows', created_at: app.clock.now().toISOString() },
    })
    assert.equal(data.events[1].event, 'account_created')
  })

  it('tells all that can happen to an account, success and failure', async () => {
    const person = await signUp(app)
    const { client, accessToken: token } = person
    const step = async (work: Promise<unknown>) => {
      await work
      app.clock.advance(61)
    }
    const wrong = { ...person, password: OTHER_PASSWORD }
    app.clock.advance(1)
    await step(logIn(app, wrong))
    const second = await logIn(app, person)
    await step(app.jobsDone())
    await step(client.post('/auth/reauthenticate', { password: OTHER_PASSWORD }, { token }))
    await step(client.post('/auth/reauthenticate', { password: PASSWORD }, { token }))
    await step(client.put('/users/me', { name: 'Ada King' }, { token }))
    const { email } = makePerson()
    await step(client.put('/users/me', { email }, { token }))
    const verification_code = await readCode(app, email)
    await step(client.post('/users/me/verify-email', { verification_code }, { token }))
    const passwords = { current_password: PASSWORD, new_password: OTHER_PASSWORD }
    await step(client.put('/users/me/password', { ...passwords, current_password: 'x' }, { token }))
    await step(client.put('/users/me/password', passwords, { token }))
    assert.equal((await read({ accessToken: second.data.access_token })).status, 401)
    await step(createClient(app).post('/auth/register', makePerson({ email })))
    const { data: third } = await logIn(app, { ...wrong, email })
    app.clock.advance(1)
    const { data: list } = await client.get('/sessions', { token })
    const other = list.sessions.find(({ is_current }: { is_current: boolean }) => !is_current)
    await step(client.delete(`/sessions/${other.id}`, { token }))
    await step(client.delete('/sessions?keep_current=true', { token }))
    const { data: fourth } = await logIn(app, { ...wrong, email })
    app.clock.advance(1)
    await step(createClient(app).post('/auth/logout', {}, { token: fourth.access_token }))
    assert.equal((await read({ accessToken: third.access_token })).status, 401)
    await client.post('/auth/forgot-password', { identifier: email })
    await step(app.jobsDone())
    assert.deepEqual(await story(person), [
      ...['account_created success', 'login failure', 'login success'],
      ...['reauthentication failure', 'reauthentication success', 'profile_updated success'],
      ...['email_change_requested success', 'email_changed success'],
      ...['password_changed failure', 'password_changed success', 'registration_attempted failure'],
      ...['login success', 'session_revoked success', 'all_sessions_revoked success'],
      ...['login success', 'logout success', 'password_reset_requested success'],
    ])
    for (const line of await story(person)) {
      assert.ok(ACCOUNT_EVENTS.some((name) => line.startsWith(name)))
    }
  })

  it('tells of wrong codes for a new address, and of no failure that is the server’s', async () => {
    const person = await signUp(app)
    const { client, accessToken: token } = person
    const { db } = app.platform
    const { email } = makePerson()
    app.clock.advance(1)
    await client.put('/users/me', { email }, { token })
    const code = await readCode(app, email)
    const verifyEmail = (verification_code: string) =>
      client.post('/users/me/verify-email', { verification_code }, { token })
    app.clock.advance(1)
    assert.equal((await verifyEmail(wrongCode(code))).status, 400)
    await createClient(app).post('/auth/forgot-password', { identifier: person.email })
    app.clock.advance(1)
    const reset = { identifier: person.email, verification_code: await readCode(app, person.email) }
    await sql`ALTER TABLE one_time_codes ADD CONSTRAINT broken CHECK (attempts = 0) NOT VALID`.execute(db)
    const checked = await createClient(app).post('/auth/check-verification-code', reset)
    const broken = await verifyEmail(code)
    await sql`ALTER TABLE one_time_codes DROP CONSTRAINT broken`.execute(db)
    assert.deepEqual([checked.status, broken.status], [500, 500])
    assert.equal((await verifyEmail(code)).status, 200)
    assert.deepEqual((await story(person)).slice(1), [
      ...['email_change_requested success', 'email_changed failure'],
      ...['password_reset_requested success', 'email_changed success'],
    ])
  })

  it('calls the end of one’s own session a logout, whichever way', async () => {
    const person = await signUp(app)
    for (const end of [
      (token: string) => createClient(app).post('/auth/logout', {}, { token }),
      async (token: string) => {
        const { data } = await createClient(app).get('/sessions', { token })
        return createClient(app).delete(`/sessions/${data.sessions[0].id.toUpperCase()}`, { token })
      },
    ]) {
      app.clock.advance(1)
      const { data } = await logIn(app, person)
      app.clock.advance(1)
      assert.equal((await end(data.access_token)).status, 200)
    }
    const names = ['account_created', 'login', 'logout', 'login', 'logout'].map((name) => `${name} success`)
    assert.deepEqual(await story(person), names)
  })

  it('comes newest first, in pages that hold each event once, with how many there are in all', async () => {
    const person = await signUp(app)
    for (let i = 0; i < 24; i += 1) {
      app.clock.advance(1)
      await createClient(app).put('/users/me', { name: `Ada ${i}` }, { token: person.accessToken })
    }
    const first = await read(person)
    assert.deepEqual([first.data.page, first.data.limit, first.data.total], [1, 20, 25])
    assert.equal(first.data.events.length, 20)
    const times: string[] = []
    for (const page of [1, 2, 3]) {
      const { data } = await read(person, `?page=${page}&limit=10`)
      assert.deepEqual([data.page, data.limit, data.total], [page, 10, 25])
      times.push(...data.events.map(({ created_at }: Event) => created_at))
    }
    assert.equal(new Set(times).size, 25)
    assert.deepEqual(times, [...times].sort().reverse())
    const beyond = await read(person, '?page=4&limit=10')
    assert.deepEqual([beyond.status, beyond.data.events, beyond.data.total], [200, [], 25])
    assert.equal((await read(person, '?limit=100')).data.events.length, 25)
    assert.equal((await read(person, '?page=1000000&limit=100')).data.events.length, 0)
  })

  it('has no page before the first, no more than 100 on one, and none that is no number', async () => {
    const person = await signUp(app)
    const bad = [
      'page=0',
      'page=-1',
      'page=x',
      'page=1.5',
      'page=',
      'limit=0',
      'limit=101',
      'limit=1e9',
      'page=1&page=2',
    ]
    for (const query of bad) {
      const { status, error } = await read(person, `?${query}`)
      assert.equal(status, 422, query)
      assert.ok(error.errors[query.startsWith('page') ? 'page' : 'limit'], query)
    }
  })

  it('is one’s own alone', async () => {
    const [person, other] = [await signUp(app), await signUp(app)]
    await logIn(app, other)
    const { data } = await read(person, `?user_id=${other.id}`)
    assert.equal(data.total, 1)
    assert.equal((await read(other)).data.total, 2)
  })

  it('holds no secret, in no answer and in no row', async () => {
    const person = await signUp(app)
    const answer = await logIn(app, person)
    await createClient(app).post('/auth/forgot-password', { identifier: person.email })
    await logIn(app, { ...person, password: OTHER_PASSWORD })
    const code = await readCode(app, person.email)
    const { rows } = await sql<{ text: string }>`
      SELECT e::text AS text FROM account_events e WHERE user_id = ${person.id}`.execute(app.platform.db)
    const text = rows.map((row) => row.text).join('\n') + JSON.stringify((await read(person)).data)
    const { access_token, refresh_token } = answer.data
    for (const secret of [PASSWORD, OTHER_PASSWORD, person.email, access_token, refresh_token]) {
      assert.ok(!text.includes(secret))
    }
    assert.doesNotMatch(text, new RegExp(`\\b${code}\\b`))
  })

  it('says Unknown where a client says nothing of itself', async () => {
    const person = await signUp(app)
    app.clock.advance(1)
    await logIn(app, person, createClient(app, { ip: 'nonsense', userAgent: '' }))
    const { data } = await read(person)
    assert.deepEqual([data.events[0].ip_address, data.events[0].device], ['Unknown', 'Unknown'])
  })

  it('keeps nothing of what is not the account’s: a user that is none gets no row', async () => {
    const before = await sql`SELECT FROM account_events`.execute(app.platform.db)
    await logIn(app, makePerson())
    const after = await sql`SELECT FROM account_events`.execute(app.platform.db)
    assert.equal(after.rows.length, before.rows.length)
  })
})

describe('the trail of events', () => {
  it('can be added to but not rewritten, by nobody', async () => {
    const person = await signUp(app)
    const { db } = app.platform
    for (const column of ['event', 'outcome', 'ip_address', 'user_agent'] as const) {
      const rewritten = sql`UPDATE account_events SET ${sql.ref(column)} = 'failure'`.execute(db)
      await assert.rejects(rewritten, /append-only/)
    }
    const moved = sql`UPDATE account_events SET user_id = NULL WHERE user_id = ${person.id}`.execute(db)
    await assert.rejects(moved, /append-only/)
    const merged = sql`
      INSERT INTO account_events SELECT * FROM account_events WHERE user_id = ${person.id}
      ON CONFLICT (id) DO UPDATE SET event = 'x'`.execute(db)
    await assert.rejects(merged, /append-only/)
    assert.deepEqual(await story(person), ['account_created success'])
  })
})
