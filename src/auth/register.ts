import { randomUUIDv7 } from 'node:crypto'
import { MAILS_PER_ADDRESS, mayMail, sendCode } from '../one-time-codes/send-code.ts'
import { hashPassword } from '../passwords/password-hash.ts'
import { checkPassword } from '../passwords/password-policy.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import { addSeconds } from '../sessions/session.ts'
import { canonicalEmail } from '../users/email-address.ts'
import { type PublicUser, unverifiedUser } from '../users/user.ts'
import { isUsernameFree, usernameTaken } from '../users/users-repository.ts'
import { tellOwner } from './registration-attempt-job.ts'
import { insertRegistration } from './registrations-repository.ts'

export const REGISTRATION_SECONDS = 24 * 3600

export type RegistrationForm = { name: string; email: string; username: string; password: string }

/**
 * Keeps a registration until its code is verified. It is no user, owns no username, and hurts no other registration.
 * Whether the address has an account already changes nothing but which mail its owner gets.
 * @throws AppError `username_taken`, `weak_password`, `rate_limited`, `overloaded`
 */
export async function register(
  platform: Platform,
  form: RegistrationForm,
  client: Client,
): Promise<PublicUser> {
  const { db, clock, limits } = platform
  const person = { name: form.name.trim(), username: form.username, email: canonicalEmail(form.email) }
  await limits.spend(MAILS_PER_ADDRESS, client.addressKey)
  await checkPassword(platform, 'password', form.password, person)
  if (!(await isUsernameFree(db, person.username))) throw new AppError('username_taken', usernameTaken())
  const passwordHash = await hashPassword(platform, form.password)
  const mayBeMailed = await mayMail(platform, 'registration', person.email)
  const now = clock.now()
  const id = randomUUIDv7()
  await inTransaction(db, async (tx) => {
    await insertRegistration(tx, {
      id,
      ...person,
      password_hash: passwordHash,
      created_at: now,
      expires_at: addSeconds(now, REGISTRATION_SECONDS),
    })
    if (!mayBeMailed) return
    // An address that has an account gets a code like any other, so that no time tells; it is just never mailed.
    await sendCode(platform, tx, { purpose: 'verification', registrationId: id })
    await tellOwner(platform, tx, { email: person.email, at: now, client })
  })
  return unverifiedUser({ id, ...person, country_code: null, phone: null, created_at: now, updated_at: now })
}
