import { MAILS_PER_ADDRESS, mayMail, sendCode } from '../one-time-codes/send-code.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import { canonicalIdentifier } from '../users/identifier.ts'
import { findRegistration, registrationExists } from './registrations-repository.ts'

/** Mails a new code for a registration, if there is one and its address has not had too many. Nobody is told. */
export async function resendVerification(
  platform: Platform,
  typed: string,
  cookie: string | undefined,
  client: Client,
): Promise<void> {
  const { db, clock, limits } = platform
  await limits.spend(MAILS_PER_ADDRESS, client.addressKey)
  const registration = await findRegistration(db, canonicalIdentifier(typed), cookie, clock.now())
  if (registration === undefined) return
  if (!(await mayMail(platform, 'verification', registration.email))) return
  const registrationId = registration.id
  await inTransaction(db, async (tx) => {
    // It may be verified meanwhile, also between two tries of this transaction.
    if (!(await registrationExists(tx, registrationId))) return
    await sendCode(platform, tx, { purpose: 'verification', registrationId })
  })
}
