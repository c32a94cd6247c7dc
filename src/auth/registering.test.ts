import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import { countMails, logIn, makePerson, PASSWORD, signUp } from '../../test/people.ts'

let app: TestApp

before(async () => {
  app = await startTestApp()
})
after(() => app.close())

describe('registering', () => {
  it('answers the later account, unverified, and binds the browser by a cookie', async () => {
    const person = makePerson({ name: '  Ada Byron ', email: 'Ada.Byron+1@EXAMPLE.com' })
    const answer = await createClient(app).post('/auth/register', person)
    assert.equal(answer.status, 201)
    const { id, created_at, updated_at, ...user } = answer.data.user
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    assert.equal(created_at, updated_at)
    assert.deepEqual(user, {
      name: 'Ada Byron',
      email: 'ada.byron+1@example.com',
      username: person.username,
      country_code: null,
      phone: null,
      is_verified: false,
    })
    const cookie = answer.setCookies.registration ?? ''
    assert.match(cookie, /Max-Age=86400/)
    assert.match(cookie, /Path=\/api\/v1\/auth/)
    assert.match(cookie, /HttpOnly/)
    assert.match(cookie, /SameSite=Lax/)
  })

  it('refuses a username that a user has, in any case, but not one that only registrations want', async () => {
    const person = await signUp(app)
    const taken = await createClient(app).post(
      '/auth/register',
      makePerson({ username: person.username.toUpperCase() }),
    )
    assert.equal(taken.status, 409)
    assert.equal(taken.error.code, 'username_taken')
    assert.equal(taken.error.errors.username, 'is already taken')
    const wanted = makePerson()
    for (const email of [wanted.email, makePerson().email]) {
      const answer = await createClient(app).post('/auth/register', { ...wanted, email })
      assert.equal(answer.status, 201)
    }
    const check = (username: string) => createClient(app).post('/auth/check-username', { username })
    assert.equal((await check(wanted.username)).data.available, true)
    assert.equal((await check(person.username)).data.available, false)
  })

  it('refuses weak passwords and says why', async () => {
    const person = makePerson({ name: 'Grace Hopper' })
    const weak: [string, RegExp][] = [
      ['short', /at least 8/],
      ['x'.repeat(129), /at most 128/],
      ['password123', /too easy/],
      [`my ${person.username} lock`, /must not contain/],
      [`GRACE HOPPER 1906!`, /must not contain/],
      [`xx${person.email.split('@')[0]}xx`, /must not contain/],
    ]
    for (const [password, reason] of weak) {
      const { status, error } = await createClient(app).post('/auth/register', { ...person, password })
      assert.equal(status, 422, password)
      assert.equal(error.code, 'weak_password')
      assert.match(error.errors.detail, reason)
      assert.match(error.errors.password, reason)
      assert.equal(error.errors.detail, `The password ${error.errors.password}.`)
    }
  })

  it('tells nobody whether an address has an account, but its owner', async () => {
    const owner = await signUp(app)
    const attempt = makePerson({ email: owner.email.toUpperCase() })
    const stranger = createClient(app)
    const taken = await stranger.post('/auth/register', attempt)
    assert.equal(taken.status, 201)
    assert.equal(taken.data.user.is_verified, false)
    assert.notEqual(taken.data.user.id, owner.id)
    assert.equal(await countMails(app, owner.email, /already have/), 1)
    const mails = await countMails(app, owner.email, /./)
    assert.equal(
      (await stranger.post('/auth/resend-verification', { identifier: attempt.email })).status,
      200,
    )
    assert.equal(await countMails(app, owner.email, /./), mails)
    const verify = await stranger.post('/auth/verify', {
      identifier: attempt.email,
      verification_code: '000000',
    })
    assert.equal(verify.error.code, 'invalid_code')
    assert.equal((await logIn(app, { ...owner, password: attempt.password })).status, 200)
  })
})

describe('mails that a stranger can cause', () => {
  it('are 20 an hour from one address, and then refused', async () => {
    const client = createClient(app)
    for (let i = 0; i < 20; i += 1) {
      assert.equal(
        (await client.post('/auth/forgot-password', { identifier: 'nobody@example.com' })).status,
        200,
      )
    }
    assert.equal((await client.post('/auth/forgot-password', { identifier: 'nobody' })).status, 429)
    assert.equal((await client.post('/auth/register', makePerson({ password: PASSWORD }))).status, 429)
  })

  it('are five registrations an hour to one recipient, of which nobody is told', async () => {
    const { email } = makePerson()
    for (let i = 0; i < 6; i += 1) {
      assert.equal((await createClient(app).post('/auth/register', makePerson({ email }))).status, 201)
    }
    assert.equal((await app.mails(email)).length, 5)
  })

  it('usernames can be asked for 30 times a minute', async () => {
    const client = createClient(app)
    for (let i = 0; i < 30; i += 1) await client.post('/auth/check-username', { username: `name-${i}` })
    assert.equal((await client.post('/auth/check-username', { username: 'name' })).status, 429)
  })
})
