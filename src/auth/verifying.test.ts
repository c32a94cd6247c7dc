import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { type Answer, createClient } from '../../test/client.ts'
import { countMails, logIn, makePerson, readCode, signUp, wrongCode } from '../../test/people.ts'

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

const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort()

describe('verifying', () => {
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

  it('a username that somebody else verified first is told only to who has the right code', async () => {
    const { username } = makePerson()
    const late = makePerson({ username })
    const { data } = await createClient(app).post('/auth/register', late)
    const code = await readCode(app, late.email)
    await signUp(app, { username: username.toUpperCase() })
    const verify = (verification_code: string) =>
      createClient(app).post('/auth/verify', { identifier: data.user.id, verification_code })
    assert.equal((await verify(wrongCode(code))).error.code, 'invalid_code')
    const refused = await verify(code)
    assert.deepEqual([refused.status, refused.error.code], [409, 'username_taken'])
    assert.equal(refused.error.errors.username, 'is already taken')
    assert.equal((await logIn(app, late)).status, 401)
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

describe('a registration', () => {
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

  it('a cookie that names no registration binds to none', async () => {
    const person = makePerson()
    await createClient(app).post('/auth/register', person)
    const body = { identifier: person.email, verification_code: await readCode(app, person.email) }
    const verify = (cookie: string) =>
      createClient(app).post('/auth/verify', body, { headers: { cookie: `registration=${cookie}` } })
    assert.equal((await verify(crypto.randomUUID())).status, 400)
    assert.equal((await verify('x')).status, 200)
  })

  it('who registers again in one browser goes on with the newer registration alone', async () => {
    const browser = createClient(app, { origin: 'http://localhost:3000' })
    const first = makePerson()
    await browser.post('/auth/register', first)
    const old = { identifier: first.email, verification_code: await readCode(app, first.email) }
    const second = makePerson({ email: first.email })
    await app.jobsDone()
    app.clock.advance(1)
    await browser.post('/auth/register', second)
    assert.equal((await browser.post('/auth/verify', old)).status, 400)
    const code = await readCode(app, second.email)
    const answer = await browser.post('/auth/verify', {
      ...old,
      verification_code: ` ${code.slice(0, 3)} ${code.slice(3)}`,
    })
    assert.equal(answer.data.user.username, second.username)
    assert.ok(!browser.cookies.has('registration'))
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
