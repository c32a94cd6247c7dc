import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { startResendServer } from '../../../test/resend-server.ts'
import { startSmtpServer } from '../../../test/smtp-server.ts'
import { listMails } from './mailbox.ts'
import type { Mail } from './mailer.ts'
import { type MailerConfig, mailboxFolder, openMailer } from './open-mailer.ts'

const MAIL: Mail = { id: 'mail-1', to: 'ada@example.com', subject: 'Hi', text: 'Hi', html: '<p>Hi</p>' }

function configOf(mail: Partial<MailerConfig['mail']>, dataFolder = '/nowhere'): MailerConfig {
  return {
    dataFolder,
    mail: {
      transport: 'mailbox',
      fromEmail: 'hello@crypalgos.example',
      fromName: 'CrypAlgos',
      resendToken: undefined,
      resendBaseUrl: undefined,
      smtpUrl: undefined,
      ...mail,
    },
  }
}

describe('openMailer', () => {
  it('writes to the mailbox of the data folder', async (t) => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'mailer-'))
    t.after(() => rm(dataFolder, { recursive: true }))
    const config = configOf({}, dataFolder)
    const mailer = openMailer(config)
    await mailer.send(MAIL)
    await mailer.close()
    assert.equal((await listMails(mailboxFolder(config)))[0]?.id, 'mail-1')
  })

  it('sends by SMTP', async (t) => {
    const server = await startSmtpServer()
    const mailer = openMailer(configOf({ transport: 'smtp', smtpUrl: server.url }))
    t.after(async () => {
      await mailer.close()
      await server.stop()
    })
    await mailer.send(MAIL)
    assert.equal(server.mails.length, 1)
  })

  it('sends by Resend', async (t) => {
    const server = await startResendServer()
    t.after(() => server.stop())
    const resend = { transport: 'resend', resendToken: server.token, resendBaseUrl: server.url } as const
    await openMailer(configOf(resend)).send(MAIL)
    assert.equal(server.mails.length, 1)
  })

  it("means Resend's own server where no other is named", () => {
    assert.doesNotThrow(() => openMailer(configOf({ transport: 'resend', resendToken: 're_token' })))
  })

  it('names the setting that its transport lacks', () => {
    assert.throws(() => openMailer(configOf({ transport: 'smtp' })), /SMTP_URL is not set/)
    assert.throws(() => openMailer(configOf({ transport: 'resend' })), /RESEND_API_TOKEN is not set/)
  })
})
