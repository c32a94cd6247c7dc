import { join } from 'node:path'
import { type Clock, systemClock } from '../clock.ts'
import type { Config } from '../config.ts'
import { openMailboxMailer } from './mailbox.ts'
import { type Mailer, SEND_TIMEOUT_MS } from './mailer.ts'
import { openResendMailer } from './resend-mailer.ts'
import { openSmtpMailer } from './smtp-mailer.ts'

export type MailerConfig = Pick<Config, 'mail' | 'dataFolder'>

/** Where the development mailbox lies. */
export function mailboxFolder({ dataFolder }: Pick<Config, 'dataFolder'>): string {
  return join(dataFolder, 'mailbox')
}

/**
 * The mailer that the settings choose. It connects with the first mail.
 * @throws where the chosen transport lacks its setting
 */
export function openMailer(
  config: MailerConfig,
  { timeoutMs = SEND_TIMEOUT_MS, clock = systemClock }: { timeoutMs?: number; clock?: Clock } = {},
): Mailer {
  const { transport, fromEmail, fromName, resendToken, resendBaseUrl, smtpUrl } = config.mail
  if (transport === 'mailbox') return openMailboxMailer(mailboxFolder(config), clock)
  if (transport === 'smtp') {
    if (smtpUrl === undefined) throw new Error('SMTP_URL is not set')
    return openSmtpMailer({ url: smtpUrl, fromEmail, fromName, timeoutMs })
  }
  if (resendToken === undefined) throw new Error('RESEND_API_TOKEN is not set')
  return openResendMailer({ token: resendToken, fromEmail, fromName, baseUrl: resendBaseUrl, timeoutMs })
}
