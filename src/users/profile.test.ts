import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import { logIn, makePerson, type SignedUp, signUp } from '../../test/people.ts'

let app: TestApp

before(async () => {
  app = await startTestApp()
})
after(async () => {
  await app.close()
})

const me = (person: SignedUp) => person.client.get('/users/me', { token: person.accessToken })
const put = (person: SignedUp, body: unknown) =>
  person.client.put('/users/me', body, { token: person.accessToken })

/** Everything that is stored of somebody. */
const stored = (person: SignedUp) =>
  app.platform.db.selectFrom('users').selectAll().where('id', '=', person.id).executeTakeFirstOrThrow()

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

  it('takes new values, and every later answer holds them', async () => {
    const person = await signUp(app)
    app.clock.advance(5)
    const username = makePerson().username
    const { status, data } = await put(person, {
      ...{ name: ' Ada King ', username, country_code: 44, phone: '+44 (20) 7183-8750' },
    })
    assert.equal(status, 200)
    assert.deepEqual(data, {
      ...{ ...(await me(person)).data, name: 'Ada King', username },
      ...{ country_code: 44, phone: '+442071838750' },
    })
    assert.equal(Date.parse(data.updated_at) - Date.parse(data.created_at), 5000)
    assert.deepEqual((await logIn(app, person)).data.user, data)
    const byName = { identifier: username, password: person.password }
    assert.equal((await createClient(app).post('/auth/login', byName)).status, 200)
  })

  it('is cleared of a phone by nothing or null, and of a country by null', async () => {
    const person = await signUp(app)
    for (const phone of ['', null, ' ']) {
      await put(person, { phone: '12-34', country_code: 999 })
      const { data } = await put(person, { phone, country_code: null })
      assert.deepEqual([data.phone, data.country_code], [null, null])
    }
  })

  it('keeps what a request does not name', async () => {
    const person = await signUp(app)
    const { data } = await put(person, { phone: '+442071838750', country_code: 1 })
    for (const body of [{ name: 'Ada King' }, { name: null, username: null, email: null }]) {
      const after = await put(person, body)
      assert.deepEqual(after.data, { ...data, name: 'Ada King' })
    }
  })

  it('does not change for values that it has already', async () => {
    const person = await signUp(app)
    const before = (await put(person, { phone: '+442071838750', country_code: 44 })).data
    app.clock.advance(1000)
    const page = { name: person.name, username: person.username, email: person.email }
    const bodies = [
      ...[{}, undefined, page, { ...page, phone: '+44 20 7183 8750', country_code: 44 }],
      ...[{ email: ` ${person.email.toUpperCase()} ` }, { name: '  Ada Byron  ' }],
    ]
    for (const body of bodies) assert.deepEqual((await put(person, body)).data, before)
    const { data } = await person.client.get('/users/me/activity', { token: person.accessToken })
    assert.deepEqual(
      data.events.map(({ event }: { event: string }) => event),
      ['profile_updated', 'account_created'],
    )
  })

  it('takes no field that is not the caller’s to set, however it is put', async () => {
    const person = await signUp(app)
    const before = await stored(person)
    app.clock.advance(5)
    const fields = {
      ...{ is_verified: false, id: crypto.randomUUID(), password: 'x', password_hash: 'x', role: 'admin' },
      ...{ created_at: '2000-01-01T00:00:00.000Z', updated_at: '2000-01-01T00:00:00.000Z' },
      ...{ pending_email: 'eve@example.com', pending_email_expires_at: '2100-01-01T00:00:00.000Z' },
    }
    const inside = JSON.stringify({ ...fields, name: 'Eve' })
    const bodies = [
      JSON.stringify(fields),
      `{"__proto__":${inside},"constructor":{"prototype":${inside}},"prototype":${inside}}`,
      `{"\\u005f_proto__":${inside},"user":${inside},"data":[${inside}],"users.name":"Eve","name[]":"Eve"}`,
      `{"role":1,"role":2,"id":"${person.id}","id":"${fields.id}"}`,
      '{"toString":"x","hasOwnProperty":"x","Name":"Eve","NAME":"Eve"," name":"Eve"}',
    ]
    for (const rawBody of bodies) {
      const headers = { 'content-type': 'application/json' }
      const answer = await person.client.request('PUT', '/users/me', {
        ...{ rawBody, headers, token: person.accessToken },
      })
      assert.equal(answer.status, 200, rawBody)
      assert.deepEqual(await stored(person), before, rawBody)
    }
  })

  it('takes the last of one key that is sent twice, under the same rules', async () => {
    const person = await signUp(app)
    const send = (rawBody: string) =>
      person.client.request('PUT', '/users/me', {
        ...{ rawBody, headers: { 'content-type': 'application/json' }, token: person.accessToken },
      })
    assert.equal((await send('{"name":"First One","name":"Second One"}')).data.name, 'Second One')
    assert.equal((await send('{"name":"Third One","name":5}')).status, 422)
    assert.equal((await me(person)).data.name, 'Second One')
  })

  it('of unknown fields with any names and values stays as it is', async () => {
    const person = await signUp(app)
    const before = await stored(person)
    const known = new Set(['name', 'username', 'email', 'country_code', 'phone'])
    const anyKey = fc.oneof(
      fc.string(),
      fc.constantFrom('id', 'is_verified', 'password', 'role', 'created_at'),
    )
    const strange = fc.dictionary(
      anyKey.filter((key) => !known.has(key)),
      fc.jsonValue({ maxDepth: 2 }),
    )
    await fc.assert(
      fc.asyncProperty(strange, async (body) => {
        assert.equal((await put(person, body)).status, 200)
        assert.deepEqual(await stored(person), before)
      }),
      { numRuns: 20 },
    )
  })
})

describe('a profile that is refused', () => {
  it('names every bad field at once and changes none, good ones neither', async () => {
    const person = await signUp(app)
    const before = await stored(person)
    const wrong = { username: 'a b', email: 'no address', phone: 'call me', country_code: '44' }
    const { status, error } = await put(person, { name: 'New Name', ...wrong })
    assert.equal(status, 422)
    assert.equal(error.code, 'validation_failed')
    assert.deepEqual(Object.keys(error.errors).sort(), [...Object.keys(wrong), 'detail'].sort())
    assert.deepEqual(await stored(person), before)
  })

  it('is so for each value that is no such thing', async () => {
    const person = await signUp(app)
    const before = await stored(person)
    const bad: Record<string, unknown[]> = {
      name: [
        '',
        'x',
        ' x ',
        'x'.repeat(51),
        'a\nb',
        'a\0b',
        '\ud800\ud800',
        5,
        ['Ada'],
        { first: 'Ada' },
        true,
      ],
      username: ['', 'ab', 'x'.repeat(51), 'a b c', 'ada@home', 'ädä', 'ada.b', ' ada ', 'ada\n', 5, []],
      email: ['', 'ada', 'ada@', '@example.com', 'a@b@example.com', `${'x'.repeat(300)}@example.com`, 5],
      country_code: [0, -1, 1000, 1.5, '44', '', true, [], 1e300],
      phone: ['123', '1'.repeat(16), 'x', '+0123456789', '1'.repeat(41), 44, [], {}],
    }
    for (const [field, values] of Object.entries(bad)) {
      for (const value of values) {
        const { status, error } = await put(person, { [field]: value })
        assert.equal(status, 422, `${field}: ${JSON.stringify(value)}`)
        assert.deepEqual(Object.keys(error.errors).sort(), [field, 'detail'].sort())
      }
    }
    assert.deepEqual(await stored(person), before)
  })

  it('for a username that somebody has, in any case, changes nothing of what came along', async () => {
    const other = await signUp(app)
    const person = await signUp(app)
    const before = await stored(person)
    const email = makePerson().email
    for (const username of [other.username, other.username.toUpperCase()]) {
      const answer = await put(person, { name: 'New Name', phone: '1234', email, username })
      assert.equal(answer.status, 409)
      assert.equal(answer.error.code, 'username_taken')
      assert.equal(answer.error.message, 'Resource Already Exists')
      assert.equal(answer.error.errors.username, 'is already taken')
      assert.deepEqual(await stored(person), before)
    }
    assert.deepEqual(await app.mails(email), [])
    const events = await person.client.get('/users/me/activity', { token: person.accessToken })
    assert.equal(events.data.total, 1)
  })

  it('is not so for another case of one’s own username, or for one that was given up', async () => {
    const person = await signUp(app)
    const upper = person.username.toUpperCase()
    assert.equal((await put(person, { username: upper })).data.username, upper)
    assert.equal((await put(person, { username: makePerson().username })).status, 200)
    assert.equal((await put(await signUp(app), { username: person.username })).status, 200)
  })

  it('of ten that want one username at once is so for nine', async () => {
    const people = await Promise.all(Array.from({ length: 10 }, () => signUp(app)))
    const { username } = makePerson()
    const answers = await Promise.all(people.map((person) => put(person, { username })))
    const statuses = answers.map(({ status }) => status).sort()
    assert.deepEqual(statuses, [200, ...Array.from({ length: 9 }, () => 409)])
  })
})
