/** One mail to one person. */
export type Mail = {
  /**
   * Letters, digits, `-`, `_` and `.`, at most 200. The same id is the same mail however often it is sent: it becomes
   * the Message-ID and the provider's idempotency key.
   */
  id: string
  to: string
  subject: string
  text: string
  html: string
}

export type Mailer = {
  /** @throws MailError where the mail was not taken */
  send(mail: Mail, signal?: AbortSignal): Promise<void>
  /** Ends idle connections. What is being sent may still fail with a MailError. */
  close(): Promise<void>
}

export type MailErrorOptions = {
  retryable: boolean
  /** How long the provider asks us to wait. */
  retryAfterSeconds?: number | undefined
}

/** Providers repeat the recipient in their replies, and full addresses are never logged. */
function withoutAddresses(text: string): string {
  return text.replace(/[^\s<>()"',;:]+@[^\s<>()"',;:]+/g, '***')
}

/** A mail was not taken. Its message holds no address, so it may be logged; it has no cause, since that would hold one. */
export class MailError extends Error {
  readonly retryable: boolean
  readonly retryAfterSeconds: number | undefined

  constructor(message: string, { retryable, retryAfterSeconds }: MailErrorOptions) {
    super(withoutAddresses(message))
    this.name = 'MailError'
    this.retryable = retryable
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Says to mailboxes that a machine wrote this, so that no vacation notice answers it (RFC 3834). */
export const AUTOMATIC_MAIL_HEADERS = { 'Auto-Submitted': 'auto-generated' }

/** A provider that does not answer for this long counts as down. */
export const SEND_TIMEOUT_MS = 10_000

/** Ends after `timeoutMs`, or when the caller gives up. */
export function sendDeadline(timeoutMs: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs)
  return signal === undefined ? timeout : AbortSignal.any([timeout, signal])
}
