import { recordEvent, recordFailure } from '../account-events/account-events.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import { confirmPassword } from '../sessions/confirm-password.ts'
import type { Caller } from '../sessions/guard.ts'
import { RECENT_SIGN_IN_MINUTES } from '../sessions/session.ts'
import { lockUser, markAuthenticated } from '../sessions/sessions-repository.ts'
import { canonicalEmail } from '../users/email-address.ts'

/**
 * Makes this session a recent sign-in again.
 * @returns for how many seconds
 * @throws AppError `wrong_password`
 */
export async function reauthenticate(
  platform: Platform,
  caller: Caller,
  password: string,
  client: Client,
): Promise<number> {
  const { db, clock } = platform
  const event = { userId: caller.user.id, event: 'reauthentication', client } as const
  try {
    const identifier = canonicalEmail(caller.user.email)
    await confirmPassword(platform, caller, { field: 'password', password, identifier }, client)
  } catch (error) {
    if (error instanceof AppError && error.code === 'wrong_password') await recordFailure(platform, db, event)
    throw error
  }
  await inTransaction(db, async (tx) => {
    const current = await lockUser(tx, caller.user.id)
    // It was changed meanwhile: what was proved was the old one.
    if (current?.password_hash !== caller.user.password_hash) throw new AppError('wrong_password')
    await markAuthenticated(tx, { sessionId: caller.session.id, userId: caller.user.id }, clock.now())
    await recordEvent(platform, tx, { ...event, outcome: 'success' })
  })
  return RECENT_SIGN_IN_MINUTES * 60
}
