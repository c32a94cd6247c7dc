import { checkCode, spendCodeBudget } from '../one-time-codes/check-code.ts'
import type { CodeSubject } from '../one-time-codes/one-time-codes-repository.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import { canonicalIdentifier, type Identifier } from '../users/identifier.ts'
import { findUser } from '../users/users-repository.ts'
import { checkResetCode } from './check-reset-code.ts'
import { findRegistration } from './registrations-repository.ts'

export type CodeCheck = {
  identifier: string
  verification_code: string
  purpose?: 'verification' | 'password_reset' | undefined
}

/**
 * Whether a code would be accepted. It stays, but a try is spent.
 * @throws AppError `invalid_code`
 */
export async function checkVerificationCode(
  platform: Platform,
  check: CodeCheck,
  cookie: string | undefined,
  client: Client,
): Promise<void> {
  const identifier = canonicalIdentifier(check.identifier)
  // Where the purpose is left out, which one is meant must not show: both budgets are spent.
  const purposes =
    check.purpose === undefined ? (['verification', 'password_reset'] as const) : [check.purpose]
  await spendCodeBudget(platform, client, identifier.text, ...purposes)
  const subject = await subjectOf(platform, check.purpose, identifier, cookie)
  if (subject === undefined) throw new AppError('invalid_code')
  const { verification_code } = check
  if (subject.purpose === 'verification') await checkCode(platform, subject, verification_code)
  else await checkResetCode(platform, subject.userId, verification_code, client)
}

/** A purpose that is left out is a password's reset if the identifier is a user's. */
async function subjectOf(
  { db, clock }: Platform,
  purpose: CodeCheck['purpose'],
  identifier: Identifier,
  cookie: string | undefined,
): Promise<CodeSubject | undefined> {
  const user = await findUser(db, identifier)
  const meant = purpose ?? (user === undefined ? 'verification' : 'password_reset')
  if (meant === 'password_reset') return user && { purpose: meant, userId: user.id }
  const registration = await findRegistration(db, identifier, cookie, clock.now())
  return registration && { purpose: meant, registrationId: registration.id }
}
