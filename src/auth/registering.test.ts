import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { type Answer, createClient } from '../../test/client.ts'
import { countMails, logIn, makePerson, PASSWORD, readCode, signUp, wrongCode } from '../../test/people.ts'

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

/** What an answer tells beside times, ids and tokens. */
function shape({ status, headers, data, error }: Answer) {
  const names = [...headers.keys()].filter((name) => name !== 'set-cookie').sort()
  return { status, names, data: Object.keys(data ?? {}), detail: error?.errors }
}

const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort()

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

  it('mails a code that names the username, and the account exists once it is verified', async () => {
    const client = createClient(app)
    const person = makePerson()
    const { data } = await client.post('/auth/register', person)
    assert.equal((await logIn(app, person)).status, 401)
    const [mail] = await app.mails(person.email)
    assert.match(mail?.text ?? '', new RegExp(person.username))
    const code = await readCode(app, person.email)
    const answer = await client.post('/auth/verify', { identifier: person.email, verification_code: code })
    assert.equal(answer.status, 200)
    assert.equal(answer.data.user.id, data.user.id)
    assert.equal(answer.data.user.is_verified, true)
    assert.equal(answer.data.token_type, 'Bearer')
    assert.equal(answer.data.expires_in, 1800)
    assert.match(answer.setCookies.registration ?? '', /Max-Age=0/)
    assert.equal(await countMails(app, person.email, /Welcome/), 1)
    assert.equal((await logIn(app, person)).status, 200)
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
    }
  })

  it('tells nobody whether an address has an account, but its owner', async () => {
    const owner = await signUp(app)
    const free = await createClient(app).post('/auth/register', makePerson())
    const attempt = makePerson({ email: owner.email.toUpperCase() })
    const stranger = createClient(app)
    const taken = await stranger.post('/auth/register', attempt)
    assert.deepEqual(shape(taken), shape(free))
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

  it('an attacker who registers the address of a victim, before or after, gains nothing', async () => {
    const victim = makePerson()
    const before = await createClient(app).post('/auth/register', makePerson({ email: victim.email }))
    const client = createClient(app, { origin: 'http://localhost:3000' })
    await app.jobsDone()
    app.clock.advance(1)
    await client.post('/auth/register', victim)
    const code = await readCode(app, victim.email)
    await createClient(app).post('/auth/register', makePerson({ email: victim.email }))
    const answer = await client.post('/auth/verify', { identifier: victim.email, verification_code: code })
    assert.equal(answer.status, 200)
    assert.equal(answer.data.user.username, victim.username)
    const again = { identifier: before.data.user.id, verification_code: code }
    assert.equal((await createClient(app).post('/auth/verify', again)).status, 400)
  })

  it('a browser with the cookie of one registration touches no other', async () => {
    const mine = makePerson()
    const other = makePerson()
    const browser = createClient(app, { origin: 'http://localhost:3000' })
    await browser.post('/auth/register', mine)
    await createClient(app).post('/auth/register', other)
    const code = await readCode(app, other.email)
    const body = { identifier: other.email, verification_code: code }
    assert.equal((await browser.post('/auth/verify', body)).status, 400)
    assert.equal((await browser.post('/auth/check-verification-code', body)).status, 400)
    await browser.post('/auth/resend-verification', { identifier: other.email })
    assert.equal((await app.mails(other.email)).length, 1)
    const byId = { identifier: mine.username, verification_code: await readCode(app, mine.email) }
    assert.equal((await browser.post('/auth/verify', byId)).status, 200)
  })

  it('of 20 that verify one username at once, exactly one gets it', async () => {
    const { username } = makePerson()
    const people = Array.from({ length: 20 }, () => makePerson({ username }))
    const registered = await Promise.all(
      people.map((person, i) => createClient(i % 2 ? app : twin).post('/auth/register', person)),
    )
    assert.deepEqual(new Set(statuses(registered)), new Set([201]))
    const codes = await Promise.all(people.map(({ email }) => readCode(app, email)))
    const verified = await Promise.all(
      people.map(({ email }, i) =>
        createClient(i % 2 ? twin : app).post('/auth/verify', {
          identifier: email,
          verification_code: codes[i],
        }),
      ),
    )
    assert.deepEqual(statuses(verified), [200, ...Array(19).fill(409)])
  })
})

describe('a code', () => {
  it('works once, also when 50 requests on two instances bring it at the same time', async () => {
    const person = makePerson()
    const { data } = await createClient(app).post('/auth/register', person)
    const body = { identifier: data.user.id, verification_code: await readCode(app, person.email) }
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => createClient(i % 2 ? app : twin).post('/auth/verify', body)),
    )
    const good = answers.filter(({ status }) => status === 200)
    assert.equal(good.length, 1)
    const sessions = await createClient(app).get('/sessions', { token: good[0]?.data.access_token })
    assert.equal(sessions.data.total_sessions, 1)
  })

  it('takes five tries, checks included; then the right one is refused', async () => {
    const person = makePerson()
    await createClient(app).post('/auth/register', person)
    const code = await readCode(app, person.email)
    const body = { identifier: person.email, verification_code: wrongCode(code), purpose: 'verification' }
    for (const path of ['verify', 'check-verification-code', 'verify', 'verify']) {
      assert.equal((await createClient(app).post(`/auth/${path}`, body)).error.code, 'invalid_code')
    }
    const right = { ...body, verification_code: ` ${code.slice(0, 3)} ${code.slice(3)} ` }
    assert.equal((await createClient(app).post('/auth/check-verification-code', right)).status, 200)
    assert.equal((await createClient(app).post('/auth/verify', right)).error.code, 'invalid_code')
  })

  it('dies with a newer one, and with time', async () => {
    const person = makePerson()
    await createClient(app).post('/auth/register', person)
    const old = await readCode(app, person.email)
    app.clock.advance(1)
    await createClient(app).post('/auth/resend-verification', { identifier: person.username })
    const code = await readCode(app, person.email)
    const verify = (verification_code: string) =>
      createClient(app).post('/auth/verify', { identifier: person.email, verification_code })
    if (old !== code) assert.equal((await verify(old)).status, 400)
    app.clock.advance(601)
    assert.equal((await verify(code)).status, 400)
  })

  it('is mailed again at most once a minute, silently, and the one that was mailed goes on working', async () => {
    const person = makePerson()
    await createClient(app).post('/auth/register', person)
    const resend = () => createClient(app).post('/auth/resend-verification', { identifier: person.email })
    await app.jobsDone()
    app.clock.advance(1)
    const answers = [await resend(), await resend()]
    assert.deepEqual(statuses(answers), [200, 200])
    assert.equal((await app.mails(person.email)).length, 2)
    const body = { identifier: person.email, verification_code: await readCode(app, person.email) }
    assert.equal((await createClient(app).post('/auth/verify', body)).status, 200)
  })

  it('ten tries an hour are all that an identifier has, from wherever they come', async () => {
    const identifier = makePerson().email
    const purposes = ['verification', undefined]
    for (let i = 0; i < 10; i += 1) {
      const body = { identifier, verification_code: '123456', purpose: purposes[i % 2] }
      assert.equal((await createClient(app).post('/auth/check-verification-code', body)).status, 400)
    }
    const refused = await createClient(app).post('/auth/verify', { identifier, verification_code: '123456' })
    assert.equal(refused.status, 429)
    assert.equal(refused.error.code, 'rate_limited')
    assert.ok(Number(refused.headers.get('retry-after')) > 3000)
    app.clock.advance(3601)
    const later = await createClient(app).post('/auth/verify', { identifier, verification_code: '123456' })
    assert.equal(later.status, 400)
  })

  it('whose address got an account meanwhile opens nothing', async () => {
    const person = makePerson()
    const first = await createClient(app).post('/auth/register', person)
    const code = await readCode(app, person.email)
    await app.platform.db
      .insertInto('users')
      .values({
        ...{
          id: crypto.randomUUID(),
          name: 'Somebody',
          email: person.email,
          username: makePerson().username,
        },
        ...{ password_hash: 'none', country_code: null, phone: null, pending_email: null },
        ...{ pending_email_expires_at: null, created_at: new Date(), updated_at: new Date() },
      })
      .execute()
    const body = { identifier: first.data.user.id, verification_code: code }
    assert.equal((await createClient(app).post('/auth/verify', body)).error.code, 'invalid_code')
  })

  it('whose key is no longer in use is dead', async () => {
    const person = makePerson()
    await createClient(app).post('/auth/register', person)
    const body = { identifier: person.email, verification_code: await readCode(app, person.email) }
    const rotated = await startTestApp({
      sharing: app,
      withoutJobs: true,
      env: { ACCESS_TOKEN_SECRET_KEY: 'a'.repeat(40), REFRESH_TOKEN_SECRET_KEY: 'b'.repeat(40) },
    })
    assert.equal((await createClient(rotated).post('/auth/verify', body)).error.code, 'invalid_code')
    await rotated.close()
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
