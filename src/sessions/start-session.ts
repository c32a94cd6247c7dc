import { randomUUIDv7 } from 'node:crypto'
import type { Tx } from '../platform/database/database.ts'
import type { SessionRow } from '../platform/database/tables.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import { rememberAddress } from './known-addresses-repository.ts'
import { sessionExpiry } from './session.ts'
import { deleteSessionsBeyond, insertSession } from './sessions-repository.ts'

/**
 * Starts a session in the place of the user's oldest beyond the cap. Call it while the transaction holds the user's row
 * (`lockUser`, or having inserted it): that is what keeps the cap under parallel sign-ins.
 */
export async function startSession(
  { config, clock }: Pick<Platform, 'config' | 'clock'>,
  tx: Tx,
  userId: string,
  client: Client,
): Promise<SessionRow> {
  const now = clock.now()
  const session: SessionRow = {
    id: randomUUIDv7(),
    user_id: userId,
    generation: 0,
    created_at: now,
    rotated_at: now,
    authenticated_at: now,
    expires_at: sessionExpiry(config, now, now),
    user_agent: client.userAgent,
    ip_address: client.ip,
  }
  // Room first: by a clock that is behind another instance's, the new one could be the oldest.
  await deleteSessionsBeyond(tx, userId, config.maxSessionsPerUser - 1, now)
  await insertSession(tx, session)
  await rememberAddress(tx, userId, client.addressKey, now)
  return session
}
