import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import { makePerson, signUp } from '../../test/people.ts'
import { registrationAttemptJob } from './registration-attempt-job.ts'

let app: TestApp
before(async () => {
  app = await startTestApp()
})
after(() => app.close())

const client = { ip: '203.0.113.7', addressKey: '203.0.113.7', userAgent: 'curl/8' }
const ATTEMPT = /tried to register/i

it('who has an account is told of a registration with its address, and finds it in the activity', async () => {
  const ada = await signUp(app)
  app.clock.advance(60)
  await createClient(app).post('/auth/register', { ...makePerson(), email: ada.email })
  const mails = await app.mails(ada.email)
  assert.ok(
    mails.some(({ subject, text }) => ATTEMPT.test(subject) || ATTEMPT.test(text)),
    JSON.stringify(mails[0]),
  )
  const { data } = await ada.client.get('/users/me/activity', { token: ada.accessToken })
  assert.equal(data.events[0].event, 'registration_attempted')
})

it('who became the owner by that very registration is not told of an attempt, however late the job is', async () => {
  const at = app.clock.now().toISOString()
  app.clock.advance(1)
  const ada = await signUp(app)
  const { run } = registrationAttemptJob(app.platform)
  await run({ email: ada.email, at, client }, new AbortController().signal, 1)
  const mails = await app.mails(ada.email)
  assert.ok(!mails.some(({ subject, text }) => ATTEMPT.test(subject) || ATTEMPT.test(text)))
})

it('an address without an account is told nothing beyond its code', async () => {
  const person = makePerson()
  await createClient(app).post('/auth/register', person)
  const mails = await app.mails(person.email)
  assert.equal(mails.length, 1)
})
