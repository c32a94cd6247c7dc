import { recordEvent } from '../account-events/account-events.ts'
import { sendNotice } from '../account-events/notices.ts'
import { checkCode, spendCodeBudget } from '../one-time-codes/check-code.ts'
import { consumeCode } from '../one-time-codes/one-time-codes-repository.ts'
import { isUniqueViolation } from '../platform/database/database-errors.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import type { SessionWithUser } from '../sessions/sessions-repository.ts'
import { startSession } from '../sessions/start-session.ts'
import { canonicalIdentifier } from '../users/identifier.ts'
import { EMAIL_UNIQUE, insertUser, USERNAME_UNIQUE, usernameTaken } from '../users/users-repository.ts'
import {
  deleteRegistrationsOf,
  findRegistration,
  lockAddress,
  type Registration,
} from './registrations-repository.ts'

export type Verification = { identifier: string; verification_code: string }

/**
 * Makes a user of the registration whose code this is, and signs it in.
 * @param cookie the registration that this browser began, if any
 * @throws AppError `invalid_code`, the same for every reason; `username_taken`, only after a right code
 */
export async function verify(
  platform: Platform,
  { identifier: typed, verification_code }: Verification,
  cookie: string | undefined,
  client: Client,
): Promise<SessionWithUser> {
  const identifier = canonicalIdentifier(typed)
  await spendCodeBudget(platform, client, identifier.text, 'verification')
  const registration = await findRegistration(platform.db, identifier, cookie, platform.clock.now())
  if (registration === undefined) throw new AppError('invalid_code')
  const subject = { purpose: 'verification', registrationId: registration.id } as const
  const codeId = await checkCode(platform, subject, verification_code)
  try {
    return await activate(platform, registration, codeId, client)
  } catch (error) {
    if (isUniqueViolation(error, USERNAME_UNIQUE)) throw new AppError('username_taken', usernameTaken(error))
    // The address has an account: its owner was told, and a code that nobody was sent was guessed.
    if (isUniqueViolation(error, EMAIL_UNIQUE)) throw new AppError('invalid_code', { cause: error })
    throw error
  }
}

function activate(
  platform: Platform,
  registration: Registration,
  codeId: string,
  client: Client,
): Promise<SessionWithUser> {
  return inTransaction(platform.db, async (tx) => {
    await lockAddress(tx, registration.email)
    if ((await consumeCode(tx, codeId)) === undefined) throw new AppError('invalid_code')
    const user = await insertUser(tx, registration, platform.clock.now())
    await deleteRegistrationsOf(tx, registration.email)
    const session = await startSession(platform, tx, user.id, client)
    await recordEvent(platform, tx, { userId: user.id, event: 'account_created', outcome: 'success', client })
    await sendNotice(platform, tx, {
      kind: 'welcome',
      to: user.email,
      name: user.name,
      username: user.username,
    })
    return { user, session }
  })
}
