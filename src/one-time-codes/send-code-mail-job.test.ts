import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import { makePerson, readCode } from '../../test/people.ts'
import { waitingJobs } from '../../test/waiting-jobs.ts'
import { jobDefinitions } from '../jobs.ts'

/** Takes requests, but mails nothing. */
let app: TestApp

const MINUTES = 60

before(async () => {
  app = await startTestApp({ withoutJobs: true })
})
after(() => app.close())

/** Has what waits mailed from now on, until the test ends. */
async function startPostman(t: TestContext): Promise<TestApp> {
  const postman = await startTestApp({ sharing: app })
  t.after(() => postman.close())
  return postman
}

async function register() {
  const person = makePerson()
  const { data } = await createClient(app).post('/auth/register', person)
  return { ...person, id: data.user.id }
}

const check = async ({ id }: { id: string }, verification_code: string) => {
  const body = { identifier: id, verification_code, purpose: 'verification' }
  return (await createClient(app).post('/auth/check-verification-code', body)).status
}

describe('the mail of a code', () => {
  it('waits as a job that holds no code', async (t) => {
    const person = await register()
    const jobs = await waitingJobs(app.platform.db)
    assert.deepEqual(
      jobs.map(({ task }) => task),
      ['send_code_mail', 'tell_owner_of_registration'],
    )
    const postman = await startPostman(t)
    const code = await readCode(postman, person.email)
    assert.match(code, /^\d{6}$/)
    assert.ok(!JSON.stringify(jobs.map(({ payload }) => payload)).includes(code))
  })

  it('starts the ten minutes in which it works, however late it is sent', async (t) => {
    const person = await register()
    app.clock.advance(15 * MINUTES)
    const postman = await startPostman(t)
    const code = await readCode(postman, person.email)
    app.clock.advance(10 * MINUTES - 1)
    assert.equal(await check(person, code), 200)
    app.clock.advance(1)
    assert.equal(await check(person, code), 400)
  })

  it('lets it work no longer than half an hour from the request', async (t) => {
    const person = await register()
    app.clock.advance(25 * MINUTES)
    const postman = await startPostman(t)
    const code = await readCode(postman, person.email)
    app.clock.advance(5 * MINUTES - 1)
    assert.equal(await check(person, code), 200)
    app.clock.advance(1)
    assert.equal(await check(person, code), 400)
  })

  it('is not sent once the code is dead: too old, replaced, or out of tries', async (t) => {
    const old = await register()
    app.clock.advance(30 * MINUTES)
    const replaced = await register()
    const resend = jobDefinitions(app.platform).find(({ name }) => name === 'resend_verification')
    await resend?.run({ identifier: replaced.id }, new AbortController().signal, 1)
    const tried = await register()
    for (let i = 0; i < 5; i += 1) await check(tried, 'wrong')
    const postman = await startPostman(t)
    assert.equal((await postman.mails(old.email)).length, 0)
    assert.equal((await postman.mails(replaced.email)).length, 1)
    assert.equal(await check(replaced, await readCode(postman, replaced.email)), 200)
    assert.equal((await postman.mails(tried.email)).length, 0)
  })
})

describe('a registration', () => {
  it('waits for a day, after which nothing opens it and nothing is mailed for it', async (t) => {
    const person = await register()
    app.clock.advance(24 * 60 * MINUTES - 1)
    const postman = await startPostman(t)
    await createClient(app).post('/auth/resend-verification', { identifier: person.id })
    const code = await readCode(postman, person.email)
    assert.equal(await check(person, code), 200)
    app.clock.advance(1)
    assert.equal(await check(person, code), 400)
    app.clock.advance(60)
    await createClient(app).post('/auth/resend-verification', { identifier: person.email })
    assert.equal((await postman.mails(person.email)).length, 1)
  })
})
