import { randomUUID } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Db } from '../platform/database/database.ts'
import type { JobDefinition } from '../platform/jobs/jobs.ts'
import { sendOrRetry } from '../platform/mail/send-or-retry.ts'
import { registrationAttemptMail } from '../platform/mail/templates/registration-attempt.ts'
import { securityNoticeMail } from '../platform/mail/templates/security-notice.ts'
import { welcomeMail } from '../platform/mail/templates/welcome.ts'
import type { Platform } from '../platform/platform.ts'

const SEND_NOTICE = 'send_notice'

const Recipient = { to: Type.String(), name: Type.String() }
const Place = { device: Type.String(), ip_address: Type.String(), at: Type.String() }
const Notice = Type.Union([
  Type.Object({ kind: Type.Literal('welcome'), ...Recipient, username: Type.String() }),
  Type.Object({ kind: Type.Literal('registration_attempt'), ...Recipient }),
  Type.Object({ kind: Type.Literal('new_device'), ...Recipient, ...Place }),
  Type.Object({ kind: Type.Literal('token_theft'), ...Recipient, ...Place }),
  Type.Object({ kind: Type.Literal('password_changed'), ...Recipient }),
  Type.Object({ kind: Type.Literal('email_changed'), ...Recipient, new_email: Type.String() }),
])
/** A mail that tells an account's owner what happened. It holds no code and no link. */
export type Notice = Static<typeof Notice>

const Payload = Type.Object({ id: Type.String(), notice: Notice, attempt: Type.Optional(Type.Integer()) })

const MAX_DELAY_SECONDS = 600
/** With that delay: about two days. */
const MAX_ATTEMPTS = 300

/** Has the notice mailed once the transaction commits. */
export async function sendNotice({ jobs }: Pick<Platform, 'jobs'>, db: Db, notice: Notice): Promise<void> {
  await jobs.add(db, SEND_NOTICE, { id: randomUUID(), notice })
}

function render(notice: Notice) {
  switch (notice.kind) {
    case 'welcome':
      return welcomeMail(notice)
    case 'registration_attempt':
      return registrationAttemptMail(notice)
    default:
      return securityNoticeMail(notice)
  }
}

export function sendNoticeJob(platform: Platform): JobDefinition {
  return {
    name: SEND_NOTICE,
    async run(payload, signal) {
      const { id, notice, attempt = 0 } = Value.Parse(Payload, payload)
      const job = {
        name: SEND_NOTICE,
        attempt,
        payload: { id, notice },
        maxDelaySeconds: MAX_DELAY_SECONDS,
        maxAttempts: MAX_ATTEMPTS,
      }
      await sendOrRetry(platform, notice.kind, { id, to: notice.to, ...render(notice) }, job, signal)
    },
  }
}
