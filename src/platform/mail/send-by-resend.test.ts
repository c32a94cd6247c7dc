import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../../test/app.ts'
import { createClient } from '../../../test/client.ts'
import {
  codeIn,
  delays,
  failures,
  forgetJobs,
  register,
  tryAgain,
  verify,
} from '../../../test/mail-outages.ts'
import { makePerson, wrongCode } from '../../../test/people.ts'
import { startResendServer, type TestResendServer } from '../../../test/resend-server.ts'
import { waitingJobs } from '../../../test/waiting-jobs.ts'

let app: TestApp
let resend: TestResendServer
before(async () => {
  resend = await startResendServer()
  app = await startTestApp({
    env: { MAIL_TRANSPORT: 'resend', RESEND_API_TOKEN: resend.token, RESEND_BASE_URL: resend.url },
  })
})
after(() => resend.stop())
beforeEach(async () => {
  resend.behave({ kind: 'accept' })
  await forgetJobs(app)
  resend.mails.length = 0
  resend.requests = 0
})

describe('a mail by Resend', () => {
  it('brings the code that verifies', async () => {
    const registered = await register(app)
    const [mail] = resend.mails
    assert.deepEqual(mail?.to, [registered.person.email])
    const code = codeIn(mail?.text)
    assert.equal(await verify(registered, wrongCode(code)), 400)
    assert.equal(await verify(registered, code), 200)
  })

  it('waits as long as Resend asks, but 30 seconds at most while somebody waits for a code', async () => {
    const refuse = (retryAfterSeconds: number) =>
      resend.behave({ kind: 'refuse', status: 429, name: 'rate_limit_exceeded', retryAfterSeconds })
    refuse(20)
    await register(app)
    assert.deepEqual(await delays(app), [20])
    refuse(3600)
    await tryAgain(app)
    assert.deepEqual(await delays(app), [30])
    resend.behave({ kind: 'accept' })
    await tryAgain(app)
    assert.equal(resend.mails.length, 1)
  })

  it('arrives once, also where Resend took it and the answer was lost', async () => {
    resend.behave({ kind: 'accept-and-hang-up' })
    await register(app)
    assert.deepEqual(await delays(app), [2])
    resend.behave({ kind: 'accept' })
    await tryAgain(app)
    assert.equal(resend.mails.length, 1)
    assert.deepEqual(await waitingJobs(app.platform.db), [])
  })

  it('is not lost while the token is refused', async () => {
    resend.behave({ kind: 'refuse', status: 403, name: 'invalid_api_key' })
    await register(app)
    resend.behave({ kind: 'accept' })
    await tryAgain(app)
    assert.equal(resend.mails.length, 1)
  })

  it('that is not answered is given up when the process stops, for a later try', async () => {
    resend.behave({ kind: 'silent' })
    const client = createClient(app)
    assert.equal((await client.post('/auth/register', makePerson())).status, 201)
    while (resend.requests === 0) await client.get('//health')
    await app.close()
    const [failure] = failures(app)
    assert.deepEqual([failure?.level, failure?.last], ['error', false])
  })
})
