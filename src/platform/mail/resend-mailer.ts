import { type ErrorResponse, Resend } from 'resend'
import {
  AUTOMATIC_MAIL_HEADERS,
  type Mail,
  MailError,
  type Mailer,
  SEND_TIMEOUT_MS,
  sendDeadline,
} from './mailer.ts'
import { plainLine } from './plain-line.ts'

export type ResendOptions = {
  token: string
  fromEmail: string
  fromName: string
  /** Resend's own where it is left out. */
  baseUrl?: string | undefined
  timeoutMs?: number
}

/** A display name with any characters, quoted as RFC 5322 asks. */
function fromHeader(name: string, email: string): string {
  return `"${plainLine(name).replace(/["\\]/g, '\\$&')}" <${email}>`
}

/** A token that Resend does not take (yet, or any more) is the operator's to mend: until then nothing is lost. */
const OPERATOR_FAULTS = [401, 403]

/** Without a status the provider was not reached, or did not speak its own protocol: a proxy before it, say. */
function isRetryable({ statusCode, name }: ErrorResponse): boolean {
  if (typeof statusCode !== 'number') return true
  if (OPERATOR_FAULTS.includes(statusCode)) return true
  return statusCode === 429 || statusCode >= 500 || name === 'concurrent_idempotent_requests'
}

function retryAfterSeconds(headers: Record<string, string> | null): number | undefined {
  const value = headers?.['retry-after'] ?? ''
  return /^\d{1,6}$/.test(value) ? Number(value) : undefined
}

/** Sends by Resend's API. The mail's id is the idempotency key, so a mail that is sent twice arrives once. */
export function openResendMailer(options: ResendOptions): Mailer {
  const { token, fromEmail, fromName, baseUrl, timeoutMs = SEND_TIMEOUT_MS } = options
  const resend = new Resend(token, baseUrl === undefined ? {} : { baseUrl })
  const from = fromHeader(fromName, fromEmail)
  return {
    async send({ id, to, subject, text, html }: Mail, signal?: AbortSignal) {
      const { error, headers } = await resend.emails.send(
        { from, to: [to], subject: plainLine(subject), text, html, headers: AUTOMATIC_MAIL_HEADERS },
        { idempotencyKey: id, signal: sendDeadline(timeoutMs, signal) },
      )
      if (error === null) return
      throw new MailError(`Resend: ${error.statusCode ?? 'no answer'} ${error.name}: ${error.message}`, {
        retryable: isRetryable(error),
        retryAfterSeconds: retryAfterSeconds(headers),
      })
    },
    async close() {},
  }
}
