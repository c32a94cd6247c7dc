import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { JobDefinition } from '../platform/jobs/jobs.ts'
import { sendOrRetry } from '../platform/mail/send-or-retry.ts'
import { emailChangeMail } from '../platform/mail/templates/email-change.ts'
import { passwordResetMail } from '../platform/mail/templates/password-reset.ts'
import { verificationMail } from '../platform/mail/templates/verification.ts'
import type { Platform } from '../platform/platform.ts'
import { secretOf } from '../platform/secrets.ts'
import { codeDigits } from './code-digits.ts'
import {
  CODE_LIFE_MINUTES,
  type CodeToMail,
  findCodeToMail,
  markMailed,
} from './one-time-codes-repository.ts'

export const SEND_CODE_MAIL = 'send_code_mail'

const Payload = Type.Object({ code_id: Type.String(), attempt: Type.Optional(Type.Integer()) })
type Payload = Static<typeof Payload>

/** Somebody waits for a code: another try comes half a minute later at the latest. */
const MAX_DELAY_SECONDS = 30

function render({ purpose, name, username, to }: CodeToMail, code: string) {
  const minutes = CODE_LIFE_MINUTES
  if (purpose === 'verification') return verificationMail({ name, username, code, minutes })
  if (purpose === 'password_reset') return passwordResetMail({ name, code, minutes })
  return emailChangeMail({ name, newEmail: to, code, minutes })
}

/** Mails a code while it lives. The digits exist here and in the mail, nowhere else. */
async function sendCodeMail(platform: Platform, payload: Payload, signal: AbortSignal): Promise<void> {
  const { db, clock, config, log, metrics } = platform
  const found = await findCodeToMail(db, payload.code_id, clock.now())
  const secret = found && secretOf(config.tokens.refreshSecrets, found.key_id)
  if (found === undefined || secret === undefined) {
    metrics.countMail('code', 'skipped')
    log.info({ mail: 'code', mail_id: payload.code_id }, 'the code is dead, so its mail is not sent')
    return
  }
  const mail = { id: found.id, to: found.to, ...render(found, codeDigits(secret, found.id)) }
  const job = {
    name: SEND_CODE_MAIL,
    attempt: payload.attempt ?? 0,
    payload: { code_id: found.id },
    maxDelaySeconds: MAX_DELAY_SECONDS,
  }
  if (await sendOrRetry(platform, found.purpose, mail, job, signal))
    await markMailed(db, found.id, clock.now())
}

export function sendCodeMailJob(platform: Platform): JobDefinition {
  return {
    name: SEND_CODE_MAIL,
    run: (payload, signal) => sendCodeMail(platform, Value.Parse(Payload, payload), signal),
  }
}
