import assert from 'node:assert/strict'
import { after, beforeEach, describe, it } from 'node:test'
import { startResendServer } from '../../../test/resend-server.ts'
import { type Mail, MailError } from './mailer.ts'
import { openResendMailer } from './resend-mailer.ts'

const MAIL: Mail = {
  id: '01a20575-fd08-7f42-b0a3-69b4f86e5c8d',
  to: 'ada@example.com',
  subject: 'Your code',
  text: '123456\n',
  html: '<p>123456</p>',
}

const server = await startResendServer()
after(() => server.stop())
beforeEach(() => {
  server.behave({ kind: 'accept' })
  server.mails.length = 0
  server.requests = 0
})

function mailer({ token = server.token, timeoutMs = 5000, fromName = 'CrypAlgos' } = {}) {
  return openResendMailer({
    token,
    fromEmail: 'hello@crypalgos.example',
    fromName,
    baseUrl: server.url,
    timeoutMs,
  })
}

async function failureOf(sending: Promise<void>): Promise<MailError> {
  const error = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof MailError)
  return error
}

describe('openResendMailer', () => {
  it('sends both parts with the sender, the automatic header and the id as the idempotency key', async () => {
    await mailer().send(MAIL)
    assert.deepEqual(server.mails, [
      {
        from: '"CrypAlgos" <hello@crypalgos.example>',
        to: ['ada@example.com'],
        subject: 'Your code',
        text: '123456\n',
        html: '<p>123456</p>',
        headers: { 'Auto-Submitted': 'auto-generated' },
        idempotencyKey: MAIL.id,
      },
    ])
  })

  it('sends one mail where the same mail is sent twice', async () => {
    const resend = mailer()
    await resend.send(MAIL)
    await resend.send(MAIL)
    assert.equal(server.requests, 2)
    assert.equal(server.mails.length, 1)
    await resend.close()
  })

  it('sends one mail where the answer was lost and it is sent again', async () => {
    server.behave({ kind: 'accept-and-hang-up' })
    const error = await failureOf(mailer().send(MAIL))
    assert.equal(error.retryable, true)
    server.behave({ kind: 'accept' })
    await mailer().send(MAIL)
    assert.equal(server.mails.length, 1)
  })

  it('keeps control characters and quotes out of the headers', async () => {
    await mailer({ fromName: 'A "B"\r\nBcc: x' }).send({ ...MAIL, subject: 'Hi\r\nBcc: all@example.com' })
    assert.equal(server.mails[0]?.from, '"A \\"B\\" Bcc: x" <hello@crypalgos.example>')
    assert.equal(server.mails[0]?.subject, 'Hi Bcc: all@example.com')
  })

  it('may be retried while the provider is down, and then delivers', async () => {
    await server.stop()
    assert.equal((await failureOf(mailer().send(MAIL))).retryable, true)
    await server.start()
    await mailer().send(MAIL)
    assert.equal(server.mails.length, 1)
  })

  it('gives up on a provider that never answers, and may be retried', async () => {
    server.behave({ kind: 'silent' })
    const error = await failureOf(mailer({ timeoutMs: 40 }).send(MAIL))
    assert.equal(error.retryable, true)
    assert.equal(error.retryAfterSeconds, undefined)
  })

  it('stops where the caller gives up', async () => {
    server.behave({ kind: 'silent' })
    const error = await failureOf(mailer().send(MAIL, AbortSignal.timeout(20)))
    assert.equal(error.retryable, true)
  })

  it('may be retried after the time that a 429 names', async () => {
    server.behave({ kind: 'refuse', status: 429, name: 'rate_limit_exceeded', retryAfterSeconds: 17 })
    const error = await failureOf(mailer().send(MAIL))
    assert.equal(error.retryable, true)
    assert.equal(error.retryAfterSeconds, 17)
  })

  it('may be retried after a fault of the server, whether its own words or a page of a proxy', async () => {
    server.behave({ kind: 'refuse', status: 500, name: 'internal_server_error' })
    assert.equal((await failureOf(mailer().send(MAIL))).retryable, true)
    server.behave({ kind: 'refuse', status: 502 })
    assert.equal((await failureOf(mailer().send(MAIL))).retryable, true)
  })

  it('may be retried while the same mail is being sent elsewhere', async () => {
    server.behave({ kind: 'refuse', status: 409, name: 'concurrent_idempotent_requests' })
    assert.equal((await failureOf(mailer().send(MAIL))).retryable, true)
  })

  it('is not retried where the id was used for another mail', async () => {
    await mailer().send(MAIL)
    const error = await failureOf(mailer().send({ ...MAIL, text: 'another' }))
    assert.equal(error.retryable, false)
    assert.equal(server.mails.length, 1)
  })

  it('is not retried where the provider refuses the mail, and does not repeat the address', async () => {
    server.behave({
      kind: 'refuse',
      status: 422,
      name: 'validation_error',
      message: 'Invalid `to`: <ada@example.com>',
    })
    const error = await failureOf(mailer().send(MAIL))
    assert.equal(error.retryable, false)
    assert.equal(error.message, 'Resend: 422 validation_error: Invalid `to`: <***>')
    assert.equal(error.cause, undefined)
  })

  it('says what is wrong with a token, without the token', async () => {
    const error = await failureOf(mailer({ token: 're_wrong' }).send(MAIL))
    assert.match(error.message, /403 invalid_api_key/)
    assert.doesNotMatch(error.message, /re_wrong/)
  })
})
