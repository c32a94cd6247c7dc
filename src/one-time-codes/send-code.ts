import type { Tx } from '../platform/database/database.ts'
import type { Limit } from '../platform/http/rate-limits.ts'
import type { Platform } from '../platform/platform.ts'
import { keyId, signingSecret } from '../platform/secrets.ts'
import { type NewCode, replaceCode } from './one-time-codes-repository.ts'
import { SEND_CODE_MAIL } from './send-code-mail-job.ts'

/** Mails that one address may cause in an hour, whoever gets them. Spent before any look-up. */
export const MAILS_PER_ADDRESS: Limit = { name: 'mails_per_address', points: 20, seconds: 3600 }
const REPEAT: Limit = { name: 'mails_repeat', points: 1, seconds: 60 }
const REGISTRATIONS: Limit = { name: 'mails_registrations', points: 5, seconds: 3600 }
const PER_RECIPIENT: Limit = { name: 'mails_per_recipient', points: 15, seconds: 86_400 }

export type MailCause = 'registration' | NewCode['purpose']

/** Whether somebody may be mailed once more for this cause. Spends from its budgets; nobody is told. */
export async function mayMail(
  { limits }: Pick<Platform, 'limits'>,
  cause: MailCause,
  recipient: string,
): Promise<boolean> {
  const often =
    cause === 'registration'
      ? limits.trySpend(REGISTRATIONS, recipient)
      : limits.trySpend(REPEAT, `${cause} ${recipient}`)
  return (await often) && (await limits.trySpend(PER_RECIPIENT, recipient))
}

/** Makes a new code and has it mailed once the transaction commits. */
export async function sendCode(
  { config, clock, jobs }: Pick<Platform, 'config' | 'clock' | 'jobs'>,
  tx: Tx,
  code: NewCode,
): Promise<void> {
  const key = keyId(signingSecret(config.tokens.refreshSecrets))
  const codeId = await replaceCode(tx, code, key, clock.now())
  await jobs.add(tx, SEND_CODE_MAIL, { code_id: codeId })
}
