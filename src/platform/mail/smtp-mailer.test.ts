import assert from 'node:assert/strict'
import { after, beforeEach, describe, it } from 'node:test'
import { startSmtpServer } from '../../../test/smtp-server.ts'
import { type Mail, MailError, type Mailer } from './mailer.ts'
import { openSmtpMailer } from './smtp-mailer.ts'

const MAIL: Mail = {
  id: '01a20575-fd08-7f42-b0a3-69b4f86e5c8d',
  to: 'ada@example.com',
  subject: 'Grüße, 山田',
  text: 'Your code:\n\n123456\n',
  html: '<p>Ünïcode <b>123456</b></p>',
}

const server = await startSmtpServer()
const opened: Mailer[] = []
after(async () => {
  await Promise.all(opened.map((one) => one.close()))
  await server.stop()
})
beforeEach(() => {
  server.behave({ kind: 'accept' })
  server.mails.length = 0
  server.connections = 0
})

function mailer({ url = server.url, timeoutMs = 5000, fromName = 'CrypAlgos' } = {}): Mailer {
  const one = openSmtpMailer({ url, fromEmail: 'hello@crypalgos.example', fromName, timeoutMs })
  opened.push(one)
  return one
}

async function failureOf(sending: Promise<void>): Promise<MailError> {
  const error = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof MailError)
  return error
}

describe('openSmtpMailer', () => {
  it('delivers both parts with a Message-ID that is made of the id and the sender', async () => {
    await mailer().send(MAIL)
    const [mail] = server.mails
    assert.equal(mail?.messageId, `<${MAIL.id}@crypalgos.example>`)
    assert.equal(mail?.from, 'hello@crypalgos.example')
    assert.deepEqual(mail?.to, ['ada@example.com'])
    assert.equal(mail?.headers.get('from'), 'CrypAlgos <hello@crypalgos.example>')
    assert.equal(mail?.headers.get('auto-submitted'), 'auto-generated')
    assert.equal(mail?.subject, MAIL.subject)
    assert.equal(mail?.text, MAIL.text)
    assert.equal(mail?.html.trim(), MAIL.html)
  })

  it('keeps its connections for the next mails', async () => {
    const smtp = mailer()
    for (let mail = 0; mail < 5; mail += 1) await smtp.send({ ...MAIL, id: `mail-${mail}` })
    assert.equal(server.mails.length, 5)
    assert.equal(server.connections, 1)
  })

  it('writes to one address only, whatever it looks like', async () => {
    await mailer()
      .send({ ...MAIL, to: 'ada@example.com, eve@example.com' })
      .catch(() => {})
    assert.ok(server.mails.every(({ to }) => to.length === 1 && !to.includes('eve@example.com')))
  })

  it('lets no value begin another header', async () => {
    await mailer({ fromName: 'A\r\nBcc: eve@example.com' }).send({
      ...MAIL,
      subject: 'Hi\r\nBcc: eve@example.com',
    })
    const [mail] = server.mails
    assert.equal(mail?.subject, 'Hi Bcc: eve@example.com')
    assert.equal(mail?.headers.has('bcc'), false)
    assert.deepEqual(mail?.to, ['ada@example.com'])
  })

  it('may be retried while the server is down, and then delivers', async () => {
    const smtp = mailer()
    await smtp.send({ ...MAIL, id: 'before' })
    await server.stop()
    assert.equal((await failureOf(smtp.send(MAIL))).retryable, true)
    await server.start()
    await smtp.send(MAIL)
    assert.equal(server.mails.at(-1)?.messageId, `<${MAIL.id}@crypalgos.example>`)
  })

  it('gives up on a server that never answers, and may be retried', async () => {
    server.behave({ kind: 'silent' })
    assert.equal((await failureOf(mailer({ timeoutMs: 40 }).send(MAIL))).retryable, true)
  })

  it('stops where the caller gives up', async () => {
    server.behave({ kind: 'silent' })
    assert.equal((await failureOf(mailer().send(MAIL, AbortSignal.timeout(20)))).retryable, true)
  })

  it('is not retried where the recipient is refused for good, and does not repeat the address', async () => {
    server.behave({ kind: 'refuse', code: 550, reply: '5.1.1 <ada@example.com> unknown', at: 'recipient' })
    const error = await failureOf(mailer().send(MAIL))
    assert.equal(error.retryable, false)
    assert.match(error.message, /550 5\.1\.1 <\*\*\*> unknown/)
    assert.doesNotMatch(error.message, /ada@/)
  })

  it('is not retried where the mail itself is refused for good', async () => {
    server.behave({ kind: 'refuse', code: 554, reply: 'Looks like spam', at: 'data' })
    assert.equal((await failureOf(mailer().send(MAIL))).retryable, false)
  })

  it('is not retried where the address is none', async () => {
    assert.equal((await failureOf(mailer().send({ ...MAIL, to: '' }))).retryable, false)
  })

  it('may be retried where the server asks to come back later', async () => {
    server.behave({ kind: 'refuse', code: 451, reply: 'Greylisted', at: 'recipient' })
    assert.equal((await failureOf(mailer().send(MAIL))).retryable, true)
    server.behave({ kind: 'refuse', code: 421, reply: 'Too busy', at: 'data' })
    assert.equal((await failureOf(mailer().send(MAIL))).retryable, true)
  })

  it('may be retried where the server takes no mail at all from us, since that is not the fault of the mail', async () => {
    server.behave({ kind: 'refuse', code: 554, reply: 'No service', at: 'greeting' })
    assert.equal((await failureOf(mailer().send(MAIL))).retryable, true)
    server.behave({ kind: 'refuse', code: 530, reply: 'Authentication required', at: 'recipient' })
    assert.equal((await failureOf(mailer().send(MAIL))).retryable, true)
  })

  it('signs in with the credentials of the address; wrong ones may be retried and are not repeated', async (t) => {
    const guarded = await startSmtpServer({ auth: { user: 'sender', password: 'right-secret' } })
    t.after(() => guarded.stop())
    await mailer({ url: guarded.url }).send(MAIL)
    assert.equal(guarded.mails.length, 1)
    const error = await failureOf(mailer({ url: guarded.url.replace('right', 'wrong') }).send(MAIL))
    assert.equal(error.retryable, true)
    assert.doesNotMatch(error.message, /secret/)
    assert.equal(guarded.mails.length, 1)
  })

  it('does not speak to a server whose certificate nobody vouches for, but may be retried', async (t) => {
    const untrusted = await startSmtpServer({ tls: true })
    t.after(() => untrusted.stop())
    assert.equal(
      (await failureOf(mailer({ url: `${untrusted.url}?requireTLS=true` }).send(MAIL))).retryable,
      true,
    )
    assert.equal(untrusted.mails.length, 0)
  })

  it('refuses mails once it is closed', async () => {
    const smtp = mailer()
    await smtp.send(MAIL)
    await smtp.close()
    assert.equal((await failureOf(smtp.send(MAIL))).retryable, true)
  })
})
