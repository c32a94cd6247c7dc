import type { Settings } from './settings.ts'
import { passwordOf } from './shared-secrets.ts'
import { isExamplePassword } from './weak-secret.ts'

export type MailSettings = {
  transport: Transport
  fromEmail: string
  fromName: string
  resendToken: string | undefined
  /** Where Resend's API is, if not at its own address. */
  resendBaseUrl: string | undefined
  smtpUrl: string | undefined
}

type Transport = 'resend' | 'smtp' | 'mailbox'

const TRANSPORTS = { resend: 'resend', smtp: 'smtp', mailbox: 'mailbox' } as const

function chooseTransport(settings: Settings, resendToken?: string, smtpUrl?: string): Transport {
  const given = settings.choice('MAIL_TRANSPORT', TRANSPORTS)
  const transport = given ?? (resendToken ? 'resend' : smtpUrl ? 'smtp' : 'mailbox')
  if (transport === 'resend' && resendToken === undefined) {
    settings.fault('RESEND_API_TOKEN', 'is needed where MAIL_TRANSPORT is resend')
  }
  if (transport === 'smtp' && smtpUrl === undefined) {
    settings.fault('SMTP_URL', 'is needed where MAIL_TRANSPORT is smtp')
  }
  if (settings.environment === 'production' && transport === 'mailbox') {
    settings.fault(
      'MAIL_TRANSPORT',
      'must be resend (with RESEND_API_TOKEN) or smtp (with SMTP_URL) in production: the mailbox sends nothing',
    )
  }
  return transport
}

function readUrl(settings: Settings, name: string, protocols: string[]): string | undefined {
  const text = settings.text(name)
  if (text === undefined) return undefined
  const url = URL.parse(text)
  if (url !== null && protocols.includes(url.protocol) && url.hostname !== '') return text
  settings.fault(
    name,
    `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  )
  return undefined
}

function readFromEmail(settings: Settings): string {
  const email = settings.text('RESEND_FROM_EMAIL')
  if (email === undefined && settings.environment === 'production') {
    settings.fault('RESEND_FROM_EMAIL', 'is needed in production: the address that mails come from')
  }
  if (email !== undefined && !/^[^\s@<>"',;]+@[^\s@<>"',;]+$/.test(email)) {
    settings.fault('RESEND_FROM_EMAIL', 'must be a bare e-mail address; the name goes into RESEND_FROM_NAME')
  }
  return email ?? 'no-reply@localhost'
}

function readFromName(settings: Settings): string {
  const name = settings.text('RESEND_FROM_NAME') ?? 'CrypAlgos'
  if (/[\p{Cc}<>"]/u.test(name)) {
    settings.fault('RESEND_FROM_NAME', 'must not hold quotes, angle brackets or line breaks')
  }
  return name
}

function refuseExamples(settings: Settings, resendToken?: string, smtpUrl?: string): void {
  if (settings.environment !== 'production') return
  if (resendToken !== undefined && isExamplePassword(resendToken)) {
    settings.fault('RESEND_API_TOKEN', 'is the one of an example; make a key in your Resend account')
  }
  const password = passwordOf(smtpUrl)
  if (password !== undefined && isExamplePassword(password)) {
    settings.fault('SMTP_URL', 'has the password of an example; use the one that your mail provider gave you')
  }
}

export function readMailSettings(settings: Settings): MailSettings {
  const resendToken = settings.text('RESEND_API_TOKEN')
  const smtpText = settings.text('SMTP_URL')
  refuseExamples(settings, resendToken, smtpText)
  return {
    transport: chooseTransport(settings, resendToken, smtpText),
    fromEmail: readFromEmail(settings),
    fromName: readFromName(settings),
    resendToken,
    resendBaseUrl: readUrl(settings, 'RESEND_BASE_URL', ['https:', 'http:']),
    smtpUrl: readUrl(settings, 'SMTP_URL', ['smtp:', 'smtps:']),
  }
}
