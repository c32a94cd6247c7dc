import { recordDeletion } from '../account-events/account-events.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import type { Caller } from '../sessions/guard.ts'
import { requireRecentSignIn } from '../sessions/recent-sign-in.ts'
import { deleteUser } from './users-repository.ts'

/**
 * Removes the account with all that belongs to it, at once and for good.
 * @throws AppError `reauthentication_required`
 */
export async function deleteAccount(platform: Platform, caller: Caller, client: Client): Promise<void> {
  requireRecentSignIn(platform, caller)
  await inTransaction(platform.db, async (tx) => {
    if (await deleteUser(tx, caller.user.id)) await recordDeletion(platform, tx, caller.user.id, client)
  })
}
