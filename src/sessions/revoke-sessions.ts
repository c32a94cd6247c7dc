import { recordEvent } from '../account-events/account-events.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import type { Caller } from './guard.ts'
import { deleteSession, deleteSessions, lockUser } from './sessions-repository.ts'

type Edges = Pick<Platform, 'db' | 'clock' | 'log' | 'metrics'>

/**
 * Ends one of the caller's sessions; ending the one that asks is a logout.
 * @param sessionId in lower case
 * @throws AppError `session_not_found`, also for somebody else's
 */
export async function revokeSession(
  platform: Edges,
  { user, session }: Caller,
  sessionId: string,
  client: Client,
): Promise<void> {
  const event = sessionId === session.id ? 'logout' : 'session_revoked'
  await inTransaction(platform.db, async (tx) => {
    await lockUser(tx, user.id)
    const found = await deleteSession(tx, { sessionId, userId: user.id })
    if (!found) throw new AppError('session_not_found')
    await recordEvent(platform, tx, { userId: user.id, event, outcome: 'success', client })
  })
}

/** Ends all of the caller's sessions, or all others. @returns how many */
export async function revokeSessions(
  platform: Edges,
  { user, session }: Caller,
  keepCurrent: boolean,
  client: Client,
): Promise<number> {
  return inTransaction(platform.db, async (tx) => {
    await lockUser(tx, user.id)
    const except = keepCurrent ? session.id : undefined
    const deleted = await deleteSessions(tx, user.id, { except, now: platform.clock.now() })
    await recordEvent(platform, tx, {
      userId: user.id,
      event: 'all_sessions_revoked',
      outcome: 'success',
      client,
    })
    return deleted
  })
}
