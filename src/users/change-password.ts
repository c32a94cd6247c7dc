import { recordEvent, recordFailure } from '../account-events/account-events.ts'
import { sendNotice } from '../account-events/notices.ts'
import { deleteCodes } from '../one-time-codes/one-time-codes-repository.ts'
import { hashPassword } from '../passwords/password-hash.ts'
import { checkPassword } from '../passwords/password-policy.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import { confirmPassword } from '../sessions/confirm-password.ts'
import type { Caller } from '../sessions/guard.ts'
import { deleteSessions, lockUser } from '../sessions/sessions-repository.ts'
import { canonicalEmail } from './email-address.ts'
import { updateUser } from './users-repository.ts'

export type PasswordChange = { current_password: string; new_password: string }

/**
 * Changes the password; every other session ends.
 * @throws AppError `wrong_password`, `weak_password`
 */
export async function changePassword(
  platform: Platform,
  caller: Caller,
  change: PasswordChange,
  client: Client,
): Promise<void> {
  const { db, clock } = platform
  const { user, session } = caller
  const event = { userId: user.id, event: 'password_changed', client } as const
  try {
    const identifier = canonicalEmail(user.email)
    const proof = { field: 'current_password', password: change.current_password, identifier }
    await confirmPassword(platform, caller, proof, client)
  } catch (error) {
    if (error instanceof AppError && error.code === 'wrong_password') await recordFailure(platform, db, event)
    throw error
  }
  await checkPassword(platform, 'new_password', change.new_password, user)
  const passwordHash = await hashPassword(platform, change.new_password)
  const now = clock.now()
  await inTransaction(db, async (tx) => {
    const current = await lockUser(tx, user.id)
    // Somebody else changed it first: what was proved was the old one.
    if (current?.password_hash !== user.password_hash) throw new AppError('wrong_password')
    await updateUser(tx, user.id, { password_hash: passwordHash }, now)
    await deleteCodes(tx, user.id, 'password_reset')
    await deleteSessions(tx, user.id, { except: session.id, now })
    await recordEvent(platform, tx, { ...event, outcome: 'success' })
    await sendNotice(platform, tx, { kind: 'password_changed', to: current.email, name: current.name })
  })
}
