import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../../test/app.ts'
import {
  codeIn,
  delays,
  failures,
  forgetJobs,
  type Registered,
  register,
  tryAgain,
  verify,
} from '../../../test/mail-outages.ts'
import { makePerson } from '../../../test/people.ts'
import { startSmtpServer, type TestSmtpServer } from '../../../test/smtp-server.ts'
import { waitingJobs } from '../../../test/waiting-jobs.ts'
import { sendOrRetry } from './send-or-retry.ts'

const MINUTE = 60

let app: TestApp
let smtp: TestSmtpServer
before(async () => {
  smtp = await startSmtpServer()
  app = await startTestApp({ env: { MAIL_TRANSPORT: 'smtp', SMTP_URL: smtp.url } })
})
after(async () => {
  await app.close()
  await smtp.stop()
})
beforeEach(async () => {
  smtp.behave({ kind: 'accept' })
  await forgetJobs(app)
})

function mailsTo({ person }: Registered) {
  return smtp.mails.filter(({ to }) => to.includes(person.email))
}

describe('a mail by SMTP', () => {
  it('arrives, and is in the log without its code and recipient', async () => {
    const registered = await register(app)
    const [mail] = mailsTo(registered)
    assert.equal(await verify(registered, codeIn(mail?.text)), 200)
    const sent = app.logs.filter((line) => line.includes('"mail sent"'))
    assert.match(sent[0] ?? '', /"level":"info".*"mail":"verification"/)
    assert.ok(app.logs.every((line) => !line.includes(codeIn(mail?.text))))
    assert.ok(app.logs.every((line) => !line.includes(registered.person.email)))
  })

  it('is delayed, not lost, while the provider is down, and no request fails for it', async () => {
    await smtp.stop()
    const registered = await register(app)
    assert.equal(mailsTo(registered).length, 0)
    const [failure] = failures(app)
    assert.deepEqual(
      [failure?.level, failure?.mail, failure?.attempt, failure?.last],
      ['error', 'verification', 1, false],
    )
    await smtp.start()
    await tryAgain(app)
    assert.equal(mailsTo(registered).length, 1)
    assert.deepEqual(await waitingJobs(app.platform.db), [])
  })

  it('with a code is tried again ever later, but after 30 seconds at most', async () => {
    smtp.behave({ kind: 'refuse', code: 451, reply: 'Greylisted', at: 'recipient' })
    await register(app)
    const seen: number[] = []
    for (let attempt = 0; attempt < 6; attempt += 1) {
      seen.push(...(await delays(app)))
      await tryAgain(app)
    }
    assert.deepEqual(seen, [2, 4, 8, 16, 30, 30])
  })

  it('with a notice is tried again after ten minutes at most, and for the 300th time at last', async () => {
    const { email, name, username } = makePerson()
    const notice = { kind: 'welcome', to: email, name, username }
    const add = (attempt: number) =>
      app.platform.jobs.add(app.platform.db, 'send_notice', { id: `notice-${attempt}`, notice, attempt })
    smtp.behave({ kind: 'refuse', code: 451, reply: 'Later', at: 'recipient' })
    await add(12)
    await app.jobsDone()
    assert.deepEqual(await delays(app), [600])
    await forgetJobs(app)
    await add(299)
    await app.jobsDone()
    assert.deepEqual(await waitingJobs(app.platform.db), [])
    assert.equal(failures(app).at(-1)?.last, true)
  })

  it('is not tried again where it was refused for good, which is an error in the log', async () => {
    smtp.behave({ kind: 'refuse', code: 550, reply: 'No such user', at: 'recipient' })
    const registered = await register(app)
    assert.deepEqual(await waitingJobs(app.platform.db), [])
    const [failure] = failures(app)
    assert.deepEqual([failure?.level, failure?.last], ['error', true])
    assert.match(failure?.err.message ?? '', /No such user/)
    assert.ok(app.logs.every((line) => !line.includes(registered.person.email)))
  })

  it('is not sent where its code is dead: only the newest arrives', async () => {
    await smtp.stop()
    const registered = await register(app)
    app.clock.advance(2 * MINUTE)
    const { client, id } = registered
    assert.equal((await client.post('/auth/resend-verification', { identifier: id })).status, 200)
    await app.jobsDone()
    await smtp.start()
    await tryAgain(app)
    const mails = mailsTo(registered)
    assert.equal(mails.length, 1)
    assert.ok(app.logs.some((line) => line.includes('the code is dead, so its mail is not sent')))
    const { body } = await client.get('//metrics')
    assert.match(body, /mails_total\{kind="code",outcome="skipped"\} [1-9]/)
    assert.equal(await verify(registered, codeIn(mails[0]?.text)), 200)
  })
})

describe('a code', () => {
  it('lives ten minutes from when the provider took its mail', async () => {
    const outage = async (minutesAfter: number) => {
      await smtp.stop()
      const registered = await register(app)
      app.clock.advance(15 * MINUTE)
      await smtp.start()
      await tryAgain(app)
      app.clock.advance(minutesAfter * MINUTE)
      return verify(registered, codeIn(mailsTo(registered)[0]?.text))
    }
    assert.equal(await outage(9.9), 200)
    assert.equal(await outage(10.1), 400)
  })

  it('lives thirty minutes from the request at most', async () => {
    const outage = async (minutesAfter: number) => {
      await smtp.stop()
      const registered = await register(app)
      app.clock.advance(25 * MINUTE)
      await smtp.start()
      await tryAgain(app)
      app.clock.advance(minutesAfter * MINUTE)
      return verify(registered, codeIn(mailsTo(registered)[0]?.text))
    }
    assert.equal(await outage(4.9), 200)
    assert.equal(await outage(5.1), 400)
  })

  it('is not mailed any more once it has died of age', async () => {
    await smtp.stop()
    const registered = await register(app)
    app.clock.advance(30.1 * MINUTE)
    await smtp.start()
    await tryAgain(app)
    assert.deepEqual(mailsTo(registered), [])
    assert.deepEqual(await waitingJobs(app.platform.db), [])
  })
})

describe('sendOrRetry', () => {
  it('leaves what is no fault of the mail to the queue, which logs it and tries again', async () => {
    const mailer = {
      send: async () => {
        throw new TypeError('a bug')
      },
      close: async () => {},
    }
    const mail = { id: 'mail-1', to: 'ada@example.com', subject: 'Hi', text: 'Hi', html: 'Hi' }
    const job = { name: 'send_notice', attempt: 0, payload: {}, maxDelaySeconds: 30 }
    const sending = sendOrRetry({ ...app.platform, mailer }, 'welcome', mail, job, AbortSignal.timeout(1000))
    await assert.rejects(sending, TypeError)
    assert.deepEqual(await waitingJobs(app.platform.db), [])
  })
})
