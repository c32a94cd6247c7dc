import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { MAILS_PER_ADDRESS, mayMail, sendCode } from '../one-time-codes/send-code.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { JobDefinition } from '../platform/jobs/jobs.ts'
import type { Platform } from '../platform/platform.ts'
import { isUuid } from '../platform/uuid.ts'
import { canonicalIdentifier } from '../users/identifier.ts'
import { findRegistration, registrationExists } from './registrations-repository.ts'

const RESEND_VERIFICATION = 'resend_verification'

const Payload = Type.Object({ identifier: Type.String(), cookie: Type.Optional(Type.String()) })
type Payload = Static<typeof Payload>

/**
 * Asks for a new code for a registration. As for a forgotten password the request itself only writes a job: a
 * registration that is gone says that its address has an account now, and not even the time of the answer may tell.
 */
export async function resendVerification(
  platform: Platform,
  identifier: string,
  cookie: string | undefined,
  client: Client,
): Promise<void> {
  await platform.limits.spend(MAILS_PER_ADDRESS, client.addressKey)
  const bound = cookie !== undefined && isUuid(cookie) ? { cookie } : {}
  await platform.jobs.add(platform.db, RESEND_VERIFICATION, { identifier, ...bound })
}

/** Mails a new code if there is such a registration and its address has not had too many. */
async function sendAgain(
  platform: Platform,
  { identifier, cookie }: Payload,
  attempt: number,
): Promise<void> {
  const { db, clock } = platform
  const registration = await findRegistration(db, canonicalIdentifier(identifier), cookie, clock.now())
  if (registration === undefined) return
  // An attempt before this one may have spent the budget and then failed to use it.
  if (attempt === 1 && !(await mayMail(platform, 'verification', registration.email))) return
  const registrationId = registration.id
  await inTransaction(db, async (tx) => {
    // It may be verified meanwhile, also between two tries of this transaction.
    if (!(await registrationExists(tx, registrationId))) return
    await sendCode(platform, tx, { purpose: 'verification', registrationId })
  })
}

export function resendVerificationJob(platform: Platform): JobDefinition {
  return {
    name: RESEND_VERIFICATION,
    run: (payload, _signal, attempt) => sendAgain(platform, Value.Parse(Payload, payload), attempt),
  }
}
