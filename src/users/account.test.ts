import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import {
  countMails,
  logIn,
  makePerson,
  OTHER_PASSWORD,
  readCode,
  type SignedUp,
  signUp,
} from '../../test/people.ts'

let app: TestApp
let twin: TestApp

before(async () => {
  app = await startTestApp()
  twin = await startTestApp({ sharing: app })
})
after(async () => {
  await twin.close()
  await app.close()
})

const isSignedIn = async (token: string) => {
  const { status } = await createClient(twin).get('/users/me', { token })
  return status === 200
}

const eventsOf = async (person: SignedUp): Promise<string[]> => {
  const { data } = await createClient(app).get('/users/me/activity', { token: person.accessToken })
  return data.events.map(({ event, outcome }: { event: string; outcome: string }) => `${event} ${outcome}`)
}

describe('changing the password', () => {
  const change = (person: SignedUp, current_password: string, new_password: string, on = person.client) =>
    on.put('/users/me/password', { current_password, new_password }, { token: person.accessToken })

  it('ends every other session, keeps this one, and is told by mail', async () => {
    const person = await signUp(app)
    const others = [await logIn(app, person), await logIn(twin, person)]
    const answer = await change(person, person.password, OTHER_PASSWORD)
    assert.equal(answer.status, 200)
    assert.deepEqual(Object.keys(answer.data), ['message'])
    assert.deepEqual(answer.setCookies, {})
    assert.equal(await isSignedIn(person.accessToken), true)
    for (const { data } of others) {
      assert.equal(await isSignedIn(data.access_token), false)
      const refresh = { refresh_token: data.refresh_token }
      assert.equal((await createClient(app).post('/auth/refresh', refresh)).status, 400)
    }
    const kept = await createClient(app).post('/auth/refresh', { refresh_token: person.refreshToken })
    assert.equal(kept.status, 200)
    assert.equal(await countMails(app, person.email, /password was changed/), 1)
  })

  it('leaves only the new one', async () => {
    const person = await signUp(app)
    await change(person, person.password, OTHER_PASSWORD)
    assert.equal((await logIn(app, person)).status, 401)
    assert.equal((await logIn(app, { ...person, password: OTHER_PASSWORD })).status, 200)
    assert.equal((await change(person, person.password, 'third-harbour-8-violin')).status, 403)
  })

  it('needs the current one, and a good new one; what is refused changes nothing', async () => {
    const person = await signUp(app)
    const other = await logIn(app, person)
    const wrong = await change(person, OTHER_PASSWORD, OTHER_PASSWORD)
    assert.deepEqual([wrong.status, wrong.error.code], [403, 'wrong_password'])
    assert.equal(wrong.error.message, 'Forbidden')
    assert.equal(wrong.error.errors.current_password, 'is wrong')
    for (const weak of ['12345678', 'short', `xx-${person.username}-xx`, 'a'.repeat(129)]) {
      const { status, error } = await change(person, person.password, weak)
      assert.deepEqual([status, error.code], [422, 'weak_password'])
      assert.ok(error.errors.new_password)
    }
    assert.equal(await isSignedIn(other.data.access_token), true)
    assert.equal((await logIn(app, person)).status, 200)
    assert.equal(await countMails(app, person.email, /password was changed/), 0)
  })

  it('names every field that is missing or no password', async () => {
    const person = await signUp(app)
    const put = (body: unknown) =>
      person.client.put('/users/me/password', body, { token: person.accessToken })
    for (const body of [undefined, {}, { current_password: 5, new_password: '' }, { new_password: 'a\0b' }]) {
      const { status, error } = await put(body)
      assert.equal(status, 422)
      assert.deepEqual(Object.keys(error.errors).sort(), ['current_password', 'detail', 'new_password'])
    }
  })

  it('spends the attempts of a sign-in, and those of a sign-in are spent for it', async () => {
    const person = await signUp(app)
    const client = createClient(app)
    for (let i = 0; i < 5; i += 1) await change(person, OTHER_PASSWORD, OTHER_PASSWORD, client)
    for (let i = 0; i < 5; i += 1) await logIn(app, { ...person, password: OTHER_PASSWORD }, client)
    const refused = await change(person, person.password, OTHER_PASSWORD, client)
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('retry-after'), '900')
    assert.equal((await logIn(app, person, client)).status, 429)
    assert.equal((await change(person, person.password, OTHER_PASSWORD, createClient(twin))).status, 200)
  })

  it('that was right spends none, however weak the new one is', async () => {
    const person = await signUp(app)
    for (let i = 0; i < 12; i += 1) {
      assert.equal((await change(person, person.password, '12345678')).status, 422)
    }
    assert.equal((await change(person, person.password, OTHER_PASSWORD)).status, 200)
  })

  it('at once from two requests is done by one', async () => {
    const person = await signUp(app)
    const answers = await Promise.all(
      [app, twin].map((on, i) => change(person, person.password, `${OTHER_PASSWORD}-${i}`, createClient(on))),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 403])
    const done = answers.findIndex(({ status }) => status === 200)
    assert.equal((await logIn(app, { ...person, password: `${OTHER_PASSWORD}-${done}` })).status, 200)
  })

  it('ends the codes to reset it', async () => {
    const person = await signUp(app)
    app.clock.advance(1)
    await createClient(app).post('/auth/forgot-password', { identifier: person.email })
    const verification_code = await readCode(app, person.email)
    await change(person, person.password, OTHER_PASSWORD)
    const reset = { identifier: person.email, verification_code, new_password: 'third-harbour-8-violin' }
    const { error } = await createClient(app).post('/auth/reset-password', reset)
    assert.equal(error.code, 'invalid_code')
  })

  it('is in the activity, right or wrong', async () => {
    const person = await signUp(app)
    app.clock.advance(1)
    await change(person, OTHER_PASSWORD, OTHER_PASSWORD)
    app.clock.advance(1)
    await change(person, person.password, OTHER_PASSWORD)
    const [newest, before] = await eventsOf(person)
    assert.deepEqual([newest, before], ['password_changed success', 'password_changed failure'])
  })
})

describe('deleting the account', () => {
  const remove = (token: string, on = app) => createClient(on).delete('/users/me', { token })

  it('needs a sign-in in the last 15 minutes, by login, verification or password; a refresh is none', async () => {
    const person = await signUp(app)
    app.clock.advance(901)
    const { data } = await createClient(app).post('/auth/refresh', { refresh_token: person.refreshToken })
    for (const token of [person.accessToken, data.access_token]) {
      const { status, error, setCookies } = await remove(token)
      assert.deepEqual([status, error.code], [403, 'reauthentication_required'])
      assert.deepEqual(setCookies, {})
    }
    assert.equal(await isSignedIn(person.accessToken), true)
    await createClient(app).post(
      '/auth/reauthenticate',
      { password: person.password },
      { token: data.access_token },
    )
    app.clock.advance(900)
    assert.equal((await remove(data.access_token)).status, 200)
    const byVerification = await signUp(app)
    app.clock.advance(900)
    assert.equal((await remove(byVerification.accessToken)).status, 200)
    const byLogin = await signUp(app)
    app.clock.advance(901)
    const later = await logIn(app, byLogin)
    app.clock.advance(900)
    assert.equal((await remove(later.data.access_token)).status, 200)
  })

  it('answers with a message and clears the cookies', async () => {
    const browser = createClient(app, { origin: 'http://localhost:3000' })
    await signUp(app, {}, browser)
    const { status, data, setCookies } = await browser.delete('/users/me')
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(data), ['message'])
    for (const name of ['access_token', 'refresh_token']) assert.match(setCookies[name] ?? '', /Max-Age=0/)
    assert.equal(browser.cookies.size, 0)
  })

  it('leaves nothing of it in any table but one row that names nobody', async () => {
    const { db } = app.platform
    const person = await signUp(
      app,
      { name: 'Grace Unforgotten' },
      createClient(app, { ip: '198.51.100.77' }),
    )
    const { email } = makePerson()
    await person.client.put('/users/me', { email, phone: '+442071838750' }, { token: person.accessToken })
    await createClient(app).post('/auth/forgot-password', { identifier: person.email })
    await logIn(twin, person)
    await logIn(app, { ...person, password: OTHER_PASSWORD })
    await app.jobsDone()
    const count = async () => {
      const { rows } = await sql<{ n: number }>`
        SELECT count(*)::int AS n FROM account_events WHERE event = 'account_deleted'`.execute(db)
      return rows[0]?.n ?? 0
    }
    const before = await count()
    assert.equal((await remove(person.accessToken)).status, 200)
    await app.jobsDone()
    const { rows: tables } = await sql<{ schema: string; name: string }>`
      SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
      WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`.execute(
      db,
    )
    assert.ok(tables.length > 8)
    const traces = [
      person.id,
      person.email,
      email,
      person.username,
      person.name,
      '+442071838750',
      '198.51.100.77',
    ]
    for (const { schema, name } of tables) {
      const { rows } = await sql<{ text: string }>`
        SELECT t::text AS text FROM ${sql.id(schema, name)} t`.execute(db)
      for (const { text } of rows) {
        for (const trace of traces) assert.ok(!text.includes(trace), `${schema}.${name} holds ${trace}`)
      }
    }
    assert.equal(await count(), before + 1)
    const { rows } = await sql`SELECT user_id, ip_address, user_agent FROM account_events
      WHERE event = 'account_deleted'`.execute(db)
    for (const row of rows) assert.deepEqual(row, { user_id: null, ip_address: null, user_agent: null })
  })

  it('ends every session on every instance, and every code', async () => {
    const person = await signUp(app)
    const other = await logIn(twin, person)
    app.clock.advance(1)
    await createClient(app).post('/auth/forgot-password', { identifier: person.email })
    const verification_code = await readCode(app, person.email)
    await remove(person.accessToken)
    for (const token of [person.accessToken, other.data.access_token])
      assert.equal(await isSignedIn(token), false)
    const refresh = { refresh_token: other.data.refresh_token }
    assert.equal((await createClient(twin).post('/auth/refresh', refresh)).status, 400)
    const reset = { identifier: person.email, verification_code, new_password: OTHER_PASSWORD }
    assert.equal((await createClient(app).post('/auth/reset-password', reset)).error.code, 'invalid_code')
    assert.equal((await logIn(app, person)).status, 401)
  })

  it('touches nobody else, and frees the address and the username', async () => {
    const neighbour = await signUp(app)
    const person = await signUp(app)
    await remove(person.accessToken)
    assert.equal(await isSignedIn(neighbour.accessToken), true)
    app.clock.advance(1)
    const again = await signUp(app, { email: person.email, username: person.username })
    assert.equal(again.answer.status, 200)
    assert.notEqual(again.id, person.id)
    assert.deepEqual(await eventsOf(again), ['account_created success'])
  })

  it('at once from five requests is done once and fails for none with 500', async () => {
    const { db } = app.platform
    const deletions = () => sql`SELECT FROM account_events WHERE event = 'account_deleted'`.execute(db)
    const person = await signUp(app)
    const { rows: before } = await deletions()
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, i) => remove(person.accessToken, i % 2 ? app : twin)),
    )
    assert.ok(answers.some(({ status }) => status === 200))
    assert.ok(answers.every(({ status }) => status === 200 || status === 401))
    const { rows: after } = await deletions()
    assert.equal(after.length, before.length + 1)
  })

  it('while others change it leaves no broken answer', async () => {
    for (let round = 0; round < 3; round += 1) {
      const person = await signUp(app)
      const token = person.accessToken
      const passwords = { current_password: person.password, new_password: OTHER_PASSWORD }
      const answers = await Promise.all([
        remove(token),
        createClient(twin).put('/users/me', { name: 'Somebody' }, { token }),
        createClient(app).put('/users/me', { email: makePerson().email }, { token }),
        createClient(app).post('/auth/logout', {}, { token }),
        createClient(twin).delete('/sessions', { token }),
        createClient(app).post('/auth/reauthenticate', { password: person.password }, { token }),
        createClient(twin).put('/users/me/password', passwords, { token }),
        logIn(twin, person),
        createClient(app).post('/auth/refresh', { refresh_token: person.refreshToken }),
      ])
      for (const { status } of answers) assert.ok(status < 500, `${status}`)
    }
  })
})
