import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { noteEvent, recordEvent } from '../account-events/account-events.ts'
import { MAILS_PER_ADDRESS, mayMail, sendCode } from '../one-time-codes/send-code.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { JobDefinition } from '../platform/jobs/jobs.ts'
import type { Platform } from '../platform/platform.ts'
import { canonicalEmail } from '../users/email-address.ts'
import { canonicalIdentifier } from '../users/identifier.ts'
import { findUser } from '../users/users-repository.ts'

const START_PASSWORD_RESET = 'start_password_reset'

const Payload = Type.Object({
  identifier: Type.String(),
  client: Type.Object({ ip: Type.String(), addressKey: Type.String(), userAgent: Type.String() }),
})
type Payload = Static<typeof Payload>

/**
 * Asks for a code to reset a password. The request itself only writes a job: whether there is such a user is looked
 * up later, elsewhere, so the answer cannot tell, not even by its time.
 */
export async function forgotPassword(platform: Platform, identifier: string, client: Client): Promise<void> {
  await platform.limits.spend(MAILS_PER_ADDRESS, client.addressKey)
  await platform.jobs.add(platform.db, START_PASSWORD_RESET, { identifier, client })
}

async function startPasswordReset(
  platform: Platform,
  { identifier, client }: Payload,
  attempt: number,
): Promise<void> {
  const event = 'password_reset_requested'
  const user = await findUser(platform.db, canonicalIdentifier(identifier))
  if (user === undefined) return noteEvent(platform, { event, outcome: 'failure', client })
  // An attempt before this one may have spent the budget and then failed to use it.
  if (attempt === 1 && !(await mayMail(platform, 'password_reset', canonicalEmail(user.email)))) return
  await inTransaction(platform.db, async (tx) => {
    await sendCode(platform, tx, { purpose: 'password_reset', userId: user.id })
    await recordEvent(platform, tx, { userId: user.id, event, outcome: 'success', client })
  })
}

export function startPasswordResetJob(platform: Platform): JobDefinition {
  return {
    name: START_PASSWORD_RESET,
    run: (payload, _signal, attempt) => startPasswordReset(platform, Value.Parse(Payload, payload), attempt),
  }
}
