import { recordEvent, recordFailure } from '../account-events/account-events.ts'
import { sendNotice } from '../account-events/notices.ts'
import { checkCode, spendCodeBudget } from '../one-time-codes/check-code.ts'
import { consumeCode, deleteCodes } from '../one-time-codes/one-time-codes-repository.ts'
import { isUniqueViolation } from '../platform/database/database-errors.ts'
import type { UserRow } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import type { Caller } from '../sessions/guard.ts'
import { lockUser } from '../sessions/sessions-repository.ts'
import { canonicalEmail } from './email-address.ts'
import { pendingEmail } from './user.ts'
import { EMAIL_UNIQUE, updateUser } from './users-repository.ts'

/**
 * Makes the address that waits the user's own. Its old one is told.
 * @throws AppError `invalid_code`, the same for every reason; the account's owner sees who failed
 */
export async function verifyEmail(
  platform: Platform,
  { user }: Caller,
  typed: string,
  client: Client,
): Promise<UserRow> {
  await spendCodeBudget(platform, client, canonicalEmail(user.email), 'email_change')
  try {
    const codeId = await checkCode(platform, { purpose: 'email_change', userId: user.id }, typed)
    return await changeEmail(platform, user.id, codeId, client)
  } catch (error) {
    // Somebody made an account with the address while it waited.
    const isTaken = isUniqueViolation(error, EMAIL_UNIQUE)
    const refusal = isTaken ? new AppError('invalid_code', { cause: error }) : error
    if (refusal instanceof AppError) {
      await recordFailure(platform, platform.db, { userId: user.id, event: 'email_changed', client })
    }
    throw refusal
  }
}

function changeEmail(platform: Platform, userId: string, codeId: string, client: Client): Promise<UserRow> {
  const now = platform.clock.now()
  return inTransaction(platform.db, async (tx) => {
    const user = await lockUser(tx, userId)
    const email = (await consumeCode(tx, codeId))?.new_email
    if (user === undefined || typeof email !== 'string' || email !== pendingEmail(user, now)) {
      throw new AppError('invalid_code')
    }
    const changed = await updateUser(
      tx,
      userId,
      { email, pending_email: null, pending_email_expires_at: null },
      now,
    )
    // A code to reset the password that went to the old address must not open the account any more.
    await deleteCodes(tx, userId, 'password_reset')
    await recordEvent(platform, tx, { userId, event: 'email_changed', outcome: 'success', client })
    await sendNotice(platform, tx, {
      kind: 'email_changed',
      to: user.email,
      name: user.name,
      new_email: email,
    })
    return changed
  })
}
