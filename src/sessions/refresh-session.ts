import { recordEvent } from '../account-events/account-events.ts'
import { sendNotice } from '../account-events/notices.ts'
import { batch } from '../platform/database/batch.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Client } from '../platform/http/client-address.ts'
import { deviceLabel } from '../platform/http/device.ts'
import type { Platform } from '../platform/platform.ts'
import { addSeconds, REFRESH_GRACE_SECONDS, SESSION_MAX_DAYS } from './session.ts'
import {
  deleteStolenSession,
  type Generation,
  lockUser,
  type RotationTimes,
  rotateFreeSessions,
  rotateSession,
  type SessionWithUser,
} from './sessions-repository.ts'
import { tokensOf } from './token.ts'

type Edges = Pick<Platform, 'config' | 'db' | 'clock' | 'jobs' | 'log' | 'metrics'>

function timesAt({ config, clock }: Pick<Platform, 'config' | 'clock'>): RotationTimes {
  const now = clock.now()
  return {
    now,
    graceSince: addSeconds(now, -REFRESH_GRACE_SECONDS),
    idleSeconds: config.tokens.refreshMinutes * 60,
    maxSeconds: SESSION_MAX_DAYS * 86_400,
  }
}

/**
 * Refreshes the session that a refresh token names (OAuth 2.1's rotation with reuse detection). The token before the
 * newest, repeated within the grace time, finds the session as it is, so it gets the same pair again. Any other older
 * one is in two hands: its session ends.
 * @returns what does so, or throws AppError `invalid_token`, the same for every reason
 */
export function sessionRefresher(
  platform: Edges,
): (token: string, client: Client) => Promise<SessionWithUser> {
  const { config, db, clock } = platform
  // One write and one commit for all that come at the same time.
  const rotateFree = batch((asked: Generation[]) => rotateFreeSessions(db, asked, timesAt(platform)))
  return async (token, client) => {
    const named = tokensOf(config).refresh.verify(token, clock.now())
    if (named === undefined) throw new AppError('invalid_token')
    const found = (await rotateFree(named)) ?? (await rotateSession(db, named, timesAt(platform)))
    if (found !== undefined) return found
    await endIfStolen(platform, named, client)
    throw new AppError('invalid_token')
  }
}

async function endIfStolen(platform: Edges, named: Generation, client: Client): Promise<void> {
  const times = timesAt(platform)
  await inTransaction(platform.db, async (tx) => {
    const user = await lockUser(tx, named.userId)
    const session = await deleteStolenSession(tx, named, times)
    if (user === undefined || session === undefined) return
    await recordEvent(platform, tx, { userId: user.id, event: 'token_theft', outcome: 'failure', client })
    await sendNotice(platform, tx, {
      kind: 'token_theft',
      to: user.email,
      name: user.name,
      device: deviceLabel(session.user_agent),
      ip_address: client.ip,
      at: times.now.toISOString(),
    })
  })
}
