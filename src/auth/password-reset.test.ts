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
  signUp,
  wrongCode,
} from '../../test/people.ts'
import { until } from '../../test/until.ts'
import { hurryJobs, waitingJobs } from '../../test/waiting-jobs.ts'

let app: TestApp

before(async () => {
  app = await startTestApp()
})
after(() => app.close())

const forgot = (identifier: string) => createClient(app).post('/auth/forgot-password', { identifier })
const reset = (identifier: string, verification_code: string, new_password = OTHER_PASSWORD) =>
  createClient(app).post('/auth/reset-password', { identifier, verification_code, new_password })

describe('a forgotten password', () => {
  it('is set anew with the code from the mail; every session ends and the owner is told', async () => {
    const person = await signUp(app)
    app.clock.advance(1)
    assert.equal((await forgot(person.username)).status, 200)
    const code = await readCode(app, person.email)
    const answer = await reset(person.email, code)
    assert.equal(answer.status, 200)
    assert.equal((await person.client.get('/users/me', { token: person.accessToken })).status, 401)
    assert.equal((await logIn(app, person)).status, 401)
    assert.equal((await logIn(app, { ...person, password: OTHER_PASSWORD })).status, 200)
    assert.equal(await countMails(app, person.email, /password was changed/), 1)
    assert.equal((await reset(person.email, code)).error.code, 'invalid_code')
  })

  it('answers the same whether or not there is such a user, and mails nobody else', async () => {
    const person = await signUp(app)
    const before = (await app.mails()).length
    const unknown = await forgot(makePerson().email)
    assert.equal((await app.mails()).length, before)
    const known = await forgot(person.email)
    assert.deepEqual(known.data, unknown.data)
    const wrong = [await reset(person.email, '12x456'), await reset('nobody@example.com', '123456')]
    assert.deepEqual(wrong[0]?.error.errors, wrong[1]?.error.errors)
  })

  it('is asked for once a minute; more is silently nothing', async () => {
    const person = await signUp(app)
    for (let i = 0; i < 3; i += 1) assert.equal((await forgot(person.email)).status, 200)
    assert.equal(await countMails(app, person.email, /reset code/), 1)
    app.clock.advance(61)
    await forgot(person.email)
    assert.equal(await countMails(app, person.email, /reset code/), 2)
  })

  it('is mailed though the database fails in the middle, once it is back', async () => {
    const person = await signUp(app)
    const { db } = app.platform
    app.clock.advance(1)
    const isBroken = sql`CHECK (event <> 'password_reset_requested') NOT VALID`
    await sql`ALTER TABLE account_events ADD CONSTRAINT broken ${isBroken}`.execute(db)
    await forgot(person.email)
    await until(async () => (await waitingJobs(db)).some(({ delaySeconds }) => delaySeconds > 0))
    await sql`ALTER TABLE account_events DROP CONSTRAINT broken`.execute(db)
    await hurryJobs(db)
    assert.equal(await countMails(app, person.email, /reset code/), 1)
  })

  it('a hundred times from a hundred addresses makes no more mails than 15 a day; others are served', async () => {
    const person = await signUp(app)
    const before = await countMails(app, person.email, /./)
    for (let i = 0; i < 20; i += 1) {
      await forgot(person.email)
      await app.jobsDone()
      app.clock.advance(61)
    }
    assert.ok((await countMails(app, person.email, /./)) - before <= 15)
    const other = await signUp(app)
    await forgot(other.email)
    assert.equal(await countMails(app, other.email, /reset code/), 1)
  })

  it('keeps its code when the new password is weak', async () => {
    const person = await signUp(app)
    app.clock.advance(1)
    await forgot(person.email)
    const code = await readCode(app, person.email)
    for (const weak of ['password', `${person.username}-42-lamp`]) {
      const { status, error } = await reset(person.email, code, weak)
      assert.equal(status, 422)
      assert.equal(error.code, 'weak_password')
      assert.ok(error.errors.new_password)
    }
    assert.equal((await reset(person.email, code)).status, 200)
  })

  it('with a weak new password spends the tries of its address: to judge one is slow work', async () => {
    const client = createClient(app)
    const weak = { identifier: makePerson().email, verification_code: '123456', new_password: 'password' }
    const post = () => client.post('/auth/reset-password', weak)
    for (let i = 0; i < 30; i += 1) assert.equal((await post()).status, 422)
    assert.equal((await post()).status, 429)
    app.clock.advance(301)
    assert.equal((await post()).status, 422)
  })

  it('takes no code of another purpose or account', async () => {
    const person = await signUp(app)
    const waiting = makePerson()
    await createClient(app).post('/auth/register', waiting)
    assert.equal((await reset(waiting.email, await readCode(app, waiting.email))).status, 400)
    app.clock.advance(1)
    await forgot(person.email)
    const code = await readCode(app, person.email)
    const other = await signUp(app)
    assert.equal((await reset(other.email, code)).status, 400)
    const verify = { identifier: person.email, verification_code: code }
    assert.equal((await createClient(app).post('/auth/verify', verify)).status, 400)
    const check = (purpose?: string) =>
      createClient(app).post('/auth/check-verification-code', { ...verify, purpose })
    assert.equal((await check('verification')).status, 400)
    assert.equal((await check('password_reset')).status, 200)
    assert.equal((await check()).status, 200)
    const wrong = { ...verify, verification_code: wrongCode(code) }
    assert.equal((await createClient(app).post('/auth/check-verification-code', wrong)).status, 400)
  })

  it('with one code at once has one effect', async () => {
    const person = await signUp(app)
    app.clock.advance(1)
    await forgot(person.email)
    const code = await readCode(app, person.email)
    const answers = await Promise.all(
      [1, 2, 3].map((n) => reset(person.email, code, `${OTHER_PASSWORD}-${n}`)),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400])
  })

  it('that somebody tries to reset is seen by the owner, from where, right or wrong', async () => {
    const person = await signUp(app)
    app.clock.advance(1)
    await forgot(person.email)
    const code = await readCode(app, person.email)
    const guesser = createClient(app)
    const guess = { identifier: person.username, verification_code: wrongCode(code) }
    await guesser.post('/auth/reset-password', { ...guess, new_password: OTHER_PASSWORD })
    await guesser.post('/auth/check-verification-code', guess)
    await reset(person.email, code)
    const { data } = await logIn(app, { ...person, password: OTHER_PASSWORD })
    const activity = await createClient(app).get('/users/me/activity', { token: data.access_token })
    const resets = activity.data.events.filter(({ event }: { event: string }) => event === 'password_reset')
    assert.deepEqual(
      resets.map(({ outcome, ip_address }: Record<string, string>) => [outcome, ip_address === guesser.ip]),
      [
        ['success', false],
        ['failure', true],
        ['failure', true],
      ],
    )
  })
})
