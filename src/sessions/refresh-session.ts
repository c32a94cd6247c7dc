import { recordEvent } from '../account-events/account-events.ts'
import { sendNotice } from '../account-events/notices.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import { deviceLabel } from '../platform/http/device.ts'
import type { Platform } from '../platform/platform.ts'
import { addSeconds, REFRESH_GRACE_SECONDS, SESSION_MAX_DAYS } from './session.ts'
import {
  deleteStolenSession,
  lockUser,
  type Rotation,
  rotateSession,
  type SessionWithUser,
} from './sessions-repository.ts'
import { tokensOf } from './token.ts'

type Edges = Pick<Platform, 'config' | 'db' | 'clock' | 'jobs' | 'log' | 'metrics'>

/**
 * Refreshes the session that a refresh token names (OAuth 2.1's rotation with reuse detection). The token before the
 * newest, repeated within the grace time, finds the session as it is, so it gets the same pair again. Any other older
 * one is in two hands: its session ends.
 * @throws AppError `invalid_token`, the same for every reason
 */
export async function refreshSession(
  platform: Edges,
  token: string,
  client: Client,
): Promise<SessionWithUser> {
  const { config, db, clock } = platform
  const now = clock.now()
  const claims = tokensOf(config).refresh.verify(token, now)
  if (claims === undefined) throw new AppError('invalid_token')
  const rotation: Rotation = {
    sessionId: claims.sessionId,
    userId: claims.userId,
    generation: claims.generation,
    now,
    graceSince: addSeconds(now, -REFRESH_GRACE_SECONDS),
    idleSeconds: config.tokens.refreshMinutes * 60,
    maxSeconds: SESSION_MAX_DAYS * 86_400,
  }
  const found = await rotateSession(db, rotation)
  if (found !== undefined) return found
  await endIfStolen(platform, rotation, client)
  throw new AppError('invalid_token')
}

async function endIfStolen(platform: Edges, rotation: Rotation, client: Client): Promise<void> {
  await inTransaction(platform.db, async (tx) => {
    const user = await lockUser(tx, rotation.userId)
    const session = await deleteStolenSession(tx, rotation)
    if (user === undefined || session === undefined) return
    await recordEvent(platform, tx, { userId: user.id, event: 'token_theft', outcome: 'failure', client })
    await sendNotice(platform, tx, {
      kind: 'token_theft',
      to: user.email,
      name: user.name,
      device: deviceLabel(session.user_agent),
      ip_address: client.ip,
      at: rotation.now.toISOString(),
    })
  })
}
