import { noteEvent, recordEvent } from '../account-events/account-events.ts'
import { sendNotice } from '../account-events/notices.ts'
import { spendAddressTry, spendIdentifierTry } from '../one-time-codes/check-code.ts'
import { consumeCode, deleteCodes } from '../one-time-codes/one-time-codes-repository.ts'
import { hashPassword } from '../passwords/password-hash.ts'
import { checkPassword } from '../passwords/password-policy.ts'
import type { UserRow } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import { deleteSessions, lockUser } from '../sessions/sessions-repository.ts'
import { canonicalIdentifier } from '../users/identifier.ts'
import { findUser, updateUser } from '../users/users-repository.ts'
import { checkResetCode } from './check-reset-code.ts'

export type Reset = { identifier: string; verification_code: string; new_password: string }

/**
 * Sets a new password for who has the code. Every session ends, and so does an e-mail change that waits: whoever
 * began it may be whom the owner is shutting out.
 * @throws AppError `invalid_code`; `weak_password`, which leaves the code as it is
 */
export async function resetPassword(platform: Platform, reset: Reset, client: Client): Promise<void> {
  const identifier = canonicalIdentifier(reset.identifier)
  // To judge a password can take half a second of a core, so nobody may ask for that without an end.
  await spendAddressTry(platform, client)
  // What is weak for anybody costs the account's owner no try; the code is not looked at yet.
  await checkPassword(platform, 'new_password', reset.new_password)
  await spendIdentifierTry(platform, identifier.text, 'password_reset')
  const user = await findUser(platform.db, identifier)
  if (user === undefined) {
    noteEvent(platform, { event: 'password_reset', outcome: 'failure', client })
    throw new AppError('invalid_code')
  }
  const codeId = await checkResetCode(platform, user.id, reset.verification_code, client)
  await checkPassword(platform, 'new_password', reset.new_password, user)
  const passwordHash = await hashPassword(platform, reset.new_password)
  await setPassword(platform, user, codeId, passwordHash, client)
}

async function setPassword(
  platform: Platform,
  { id }: UserRow,
  codeId: string,
  passwordHash: string,
  client: Client,
): Promise<void> {
  const now = platform.clock.now()
  await inTransaction(platform.db, async (tx) => {
    await lockUser(tx, id)
    if ((await consumeCode(tx, codeId)) === undefined) throw new AppError('invalid_code')
    const nothingPending = { pending_email: null, pending_email_expires_at: null }
    const user = await updateUser(tx, id, { password_hash: passwordHash, ...nothingPending }, now)
    await deleteCodes(tx, id, 'email_change')
    await deleteSessions(tx, id, { now })
    await recordEvent(platform, tx, { userId: id, event: 'password_reset', outcome: 'success', client })
    await sendNotice(platform, tx, { kind: 'password_changed', to: user.email, name: user.name })
  })
}
