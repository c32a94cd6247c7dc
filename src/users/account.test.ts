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

const me = (person: SignedUp) => person.client.get('/users/me', { token: person.accessToken })
const put = (person: SignedUp, body: unknown) =>
  person.client.put('/users/me', body, { token: person.accessToken })

describe('the profile', () => {
  it('shows a user and nothing else', async () => {
    const person = await signUp(app)
    const { status, data } = await me(person)
    assert.equal(status, 200)
    assert.deepEqual(data, {
      ...{ id: person.id, name: 'Ada Byron', email: person.email, username: person.username },
      ...{ country_code: null, phone: null, is_verified: true },
      ...{ created_at: data.created_at, updated_at: data.created_at },
    })
    assert.match(data.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  it('takes new values, cleans the phone, and clears what is empty or null', async () => {
    const person = await signUp(app)
    app.clock.advance(5)
    const full = await put(person, { name: ' Ada King ', country_code: 44, phone: '+44 (20) 7183-8750' })
    assert.equal(full.status, 200)
    assert.equal(full.data.name, 'Ada King')
    assert.equal(full.data.country_code, 44)
    assert.equal(full.data.phone, '+442071838750')
    assert.notEqual(full.data.updated_at, full.data.created_at)
    const cleared = await put(person, { phone: '', country_code: null })
    assert.equal(cleared.data.phone, null)
    assert.equal(cleared.data.country_code, null)
    assert.equal((await put(person, { phone: '12-34' })).data.phone, '1234')
    assert.equal((await put(person, { phone: null })).data.phone, null)
  })

  it('does not change for equal values, null, unknown fields or nothing', async () => {
    const person = await signUp(app)
    const { data } = await me(person)
    app.clock.advance(5)
    const bodies = [
      {},
      undefined,
      { name: person.name, username: person.username, email: person.email.toUpperCase(), phone: '' },
      { name: null, username: null, email: null },
      {
        id: crypto.randomUUID(),
        is_verified: false,
        role: 'admin',
        created_at: 'x',
        password: 'x',
        password_hash: 'x',
      },
    ]
    for (const body of bodies) assert.deepEqual((await put(person, body)).data, data)
    const rawBody =
      '{"__proto__":{"name":"Eve"},"constructor":{"prototype":{"name":"Eve"}},"user":{"name":"Eve"}}'
    const headers = { 'content-type': 'application/json' }
    const hostile = await person.client.request('PUT', '/users/me', {
      rawBody,
      headers,
      token: person.accessToken,
    })
    assert.deepEqual(hostile.data, data)
  })

  it('names every bad field at once and changes nothing', async () => {
    const person = await signUp(app)
    const body = { name: 'x', username: 'a b', email: 'no address', phone: 'call me', country_code: '44' }
    const { status, error } = await put(person, body)
    assert.equal(status, 422)
    assert.deepEqual(Object.keys(error.errors).sort(), [
      'country_code',
      'detail',
      'email',
      'name',
      'phone',
      'username',
    ])
  })

  it('refuses a username that somebody has, with all that came along', async () => {
    const other = await signUp(app)
    const person = await signUp(app)
    const { status, error } = await put(person, { name: 'New Name', username: other.username.toUpperCase() })
    assert.equal(status, 409)
    assert.equal(error.code, 'username_taken')
    assert.equal((await me(person)).data.name, 'Ada Byron')
    const upper = person.username.toUpperCase()
    assert.equal((await put(person, { username: upper })).data.username, upper)
  })
})

describe('a new e-mail address', () => {
  it('waits for its code; the old one signs in meanwhile and is told in the end', async () => {
    const person = await signUp(app)
    const { email } = makePerson()
    const waiting = await put(person, { email })
    assert.equal(waiting.data.pending_email, email)
    assert.equal(waiting.data.email, person.email)
    assert.equal((await logIn(app, person)).status, 200)
    const code = await readCode(app, email)
    const verify = (verification_code: string) =>
      person.client.post('/users/me/verify-email', { verification_code }, { token: person.accessToken })
    const answer = await verify(code)
    assert.equal(answer.status, 200)
    assert.equal(answer.data.email, email)
    assert.ok(!('pending_email' in answer.data))
    assert.equal(await countMails(app, person.email, /address was changed/), 1)
    assert.equal((await logIn(app, { ...person, email })).status, 200)
    assert.equal((await logIn(app, person)).status, 401)
    assert.equal((await verify(code)).error.code, 'invalid_code')
  })

  it('needs a recent sign-in', async () => {
    const person = await signUp(app)
    app.clock.advance(901)
    const { status, error } = await put(person, { email: makePerson().email })
    assert.equal(status, 403)
    assert.equal(error.code, 'reauthentication_required')
  })

  it('is opened by its own code alone, not by that of an address before it', async () => {
    const person = await signUp(app)
    const first = makePerson()
    const second = makePerson()
    // Somebody else has just had a mail sent there, so none goes out for this one.
    await put(await signUp(app), { email: second.email })
    await put(person, { email: first.email })
    const code = await readCode(app, first.email)
    await put(person, { email: second.email })
    const body = { verification_code: code }
    const answer = await person.client.post('/users/me/verify-email', body, { token: person.accessToken })
    assert.equal(answer.error.code, 'invalid_code')
    assert.equal((await me(person)).data.email, person.email)
  })

  it('that somebody has answers alike; its owner is told', async () => {
    const owner = await signUp(app)
    const person = await signUp(app)
    const answer = await put(person, { email: owner.email })
    assert.equal(answer.status, 200)
    assert.equal(answer.data.pending_email, owner.email)
    assert.equal(await countMails(app, owner.email, /already have/), 1)
  })

  it('that got an account meanwhile opens nothing', async () => {
    const person = await signUp(app)
    const { email } = makePerson()
    await put(person, { email })
    const code = await readCode(app, email)
    app.clock.advance(1)
    await signUp(app, { email })
    const body = { verification_code: code }
    const answer = await person.client.post('/users/me/verify-email', body, { token: person.accessToken })
    assert.equal(answer.error.code, 'invalid_code')
  })

  it('is dropped by a reset of the password, and after a day', async () => {
    const person = await signUp(app)
    await put(person, { email: makePerson().email })
    app.clock.advance(1)
    await person.client.post('/auth/forgot-password', { identifier: person.email })
    const code = await readCode(app, person.email)
    const reset = { identifier: person.email, verification_code: code, new_password: OTHER_PASSWORD }
    assert.equal((await person.client.post('/auth/reset-password', reset)).status, 200)
    const again = await logIn(app, { ...person, password: OTHER_PASSWORD })
    assert.ok(!('pending_email' in again.data.user))
    const token = again.data.access_token
    const { data } = await person.client.put('/users/me', { email: makePerson().email }, { token })
    assert.ok(data.pending_email)
    app.clock.advance(86_400)
    const later = await logIn(app, { ...person, password: OTHER_PASSWORD })
    assert.ok(!('pending_email' in later.data.user))
  })

  it('is mailed once a minute, and the code that was mailed goes on working', async () => {
    const person = await signUp(app)
    const { email } = makePerson()
    for (let i = 0; i < 3; i += 1) assert.equal((await put(person, { email })).data.pending_email, email)
    assert.equal((await app.mails(email)).length, 1)
    const body = { verification_code: await readCode(app, email) }
    const answer = await person.client.post('/users/me/verify-email', body, { token: person.accessToken })
    assert.equal(answer.status, 200)
  })

  it('fails for a database that refuses it for another reason', async () => {
    const person = await signUp(app)
    const { email } = makePerson()
    await put(person, { email })
    const code = await readCode(app, email)
    await sql`ALTER TABLE users ADD CONSTRAINT no_change CHECK (email <> ${sql.lit(email)})`.execute(
      app.platform.db,
    )
    const body = { verification_code: code }
    const answer = await person.client.post('/users/me/verify-email', body, { token: person.accessToken })
    assert.equal(answer.status, 500)
    assert.equal(answer.error.code, 'internal_error')
    await sql`ALTER TABLE users DROP CONSTRAINT no_change`.execute(app.platform.db)
  })
})

describe('changing the password', () => {
  const change = (person: SignedUp, current_password: string, new_password: string, on = person.client) =>
    on.put('/users/me/password', { current_password, new_password }, { token: person.accessToken })

  it('ends every other session, keeps this one, and is told by mail', async () => {
    const person = await signUp(app)
    const other = await logIn(app, person)
    assert.equal((await change(person, person.password, OTHER_PASSWORD)).status, 200)
    assert.equal((await me(person)).status, 200)
    assert.equal((await createClient(twin).get('/users/me', { token: other.data.access_token })).status, 401)
    assert.equal((await logIn(app, { ...person, password: OTHER_PASSWORD })).status, 200)
    assert.equal(await countMails(app, person.email, /password was changed/), 1)
  })

  it('needs the current one and a good new one', async () => {
    const person = await signUp(app)
    const wrong = await change(person, OTHER_PASSWORD, OTHER_PASSWORD)
    assert.equal(wrong.status, 403)
    assert.equal(wrong.error.code, 'wrong_password')
    assert.equal(wrong.error.errors.current_password, 'is wrong')
    assert.equal((await change(person, person.password, '12345678')).error.code, 'weak_password')
    assert.equal((await me(person)).status, 200)
  })

  it('spends the attempts of a sign-in', async () => {
    const person = await signUp(app)
    const client = createClient(app)
    for (let i = 0; i < 10; i += 1) await change(person, OTHER_PASSWORD, OTHER_PASSWORD, client)
    assert.equal((await change(person, person.password, OTHER_PASSWORD, client)).status, 429)
  })

  it('at once from two requests is done by one', async () => {
    const person = await signUp(app)
    const answers = await Promise.all(
      [app, twin].map((on, i) => change(person, person.password, `${OTHER_PASSWORD}-${i}`, createClient(on))),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 403])
  })
})

describe('the activity', () => {
  it('is one’s own, newest first, in pages', async () => {
    const person = await signUp(app)
    await logIn(app, { ...person, password: OTHER_PASSWORD })
    app.clock.advance(1)
    await createClient(app, { userAgent: 'curl/8.9.1' }).post('/auth/login', {
      identifier: person.email,
      password: person.password,
    })
    const read = (query: string) =>
      person.client.get(`/users/me/activity${query}`, { token: person.accessToken })
    const { data } = await read('')
    assert.equal(data.total, 3)
    assert.deepEqual([data.page, data.limit], [1, 20])
    assert.equal(data.events[0].event, 'login')
    assert.equal(data.events[0].device, 'curl')
    assert.deepEqual(Object.keys(data.events[0]).sort(), [
      'created_at',
      'device',
      'event',
      'ip_address',
      'outcome',
    ])
    const second = await read('?page=2&limit=2')
    assert.equal(second.data.events.length, 1)
    assert.equal(second.data.total, 3)
    for (const query of ['?page=0', '?limit=101', '?page=x']) assert.equal((await read(query)).status, 422)
  })

  it('cannot be rewritten', async () => {
    const update = sql`UPDATE account_events SET event = 'x'`.execute(app.platform.db)
    await assert.rejects(update, /append-only/)
  })
})

describe('deleting the account', () => {
  it('leaves one row without a name, and frees all the rest', async () => {
    const person = await signUp(app)
    await put(person, { email: makePerson().email })
    await person.client.post('/auth/forgot-password', { identifier: person.email })
    await app.jobsDone()
    const answer = await person.client.delete('/users/me', { token: person.accessToken })
    assert.equal(answer.status, 200)
    assert.match(answer.setCookies.access_token ?? '', /Max-Age=0/)
    assert.equal((await createClient(twin).get('/users/me', { token: person.accessToken })).status, 401)
    const tables = [
      'users',
      'sessions',
      'one_time_codes',
      'known_addresses',
      'account_events',
      'pending_registrations',
    ]
    for (const table of tables) {
      const { rows } = await sql<{ text: string }>`SELECT t::text AS text FROM ${sql.table(table)} t`.execute(
        app.platform.db,
      )
      assert.ok(
        rows.every(({ text }) => !text.includes(person.id) && !text.includes(person.email)),
        table,
      )
    }
    const { rows } = await sql<{ user_id: null; ip_address: null }>`
      SELECT user_id, ip_address, user_agent FROM account_events WHERE event = 'account_deleted'`.execute(
      app.platform.db,
    )
    assert.deepEqual(rows.at(-1), { user_id: null, ip_address: null, user_agent: null })
    app.clock.advance(1)
    assert.equal((await signUp(app, { email: person.email, username: person.username })).answer.status, 200)
  })

  it('at once from five requests is done once and fails for none with 500', async () => {
    const person = await signUp(app)
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        createClient(i % 2 ? app : twin).delete('/users/me', { token: person.accessToken }),
      ),
    )
    assert.ok(answers.every(({ status }) => status === 200 || status === 401))
    const { rows } = await sql`SELECT FROM account_events WHERE event = 'account_deleted'`.execute(
      app.platform.db,
    )
    assert.ok(rows.length <= 7)
  })

  it('while others change it leaves no broken answer', async () => {
    for (let round = 0; round < 3; round += 1) {
      const person = await signUp(app)
      const token = person.accessToken
      const answers = await Promise.all([
        createClient(app).delete('/users/me', { token }),
        createClient(twin).put('/users/me', { name: 'Somebody' }, { token }),
        createClient(app).post('/auth/logout', {}, { token }),
        createClient(twin).delete('/sessions', { token }),
        createClient(app).post('/auth/reauthenticate', { password: person.password }, { token }),
        createClient(twin).put(
          '/users/me/password',
          { current_password: person.password, new_password: OTHER_PASSWORD },
          { token },
        ),
        logIn(twin, person),
        createClient(app).post('/auth/refresh', { refresh_token: person.refreshToken }),
      ])
      for (const { status } of answers) assert.ok(status < 500, `${status}`)
    }
  })
})
