import { recordEvent } from '../account-events/account-events.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'
import { deleteSession, lockUser } from '../sessions/sessions-repository.ts'
import { type TokenClaims, tokensOf } from '../sessions/token.ts'

type Edges = Pick<Platform, 'config' | 'db' | 'clock' | 'log' | 'metrics'>

/** The sessions that valid tokens of either kind name; bad ones are ignored. */
export function sessionsNamedBy({ config, clock }: Edges, tokens: (string | undefined)[]): TokenClaims[] {
  const { access, refresh } = tokensOf(config)
  const now = clock.now()
  const named = new Map<string, TokenClaims>()
  for (const token of tokens) {
    const claims = token === undefined ? undefined : (access.verify(token, now) ?? refresh.verify(token, now))
    if (claims !== undefined) named.set(claims.sessionId, claims)
  }
  return [...named.values()]
}

/** Ends sessions; one that has ended already is no error. */
export async function logOut(platform: Edges, sessions: TokenClaims[], client: Client): Promise<void> {
  for (const { sessionId, userId } of sessions) {
    await inTransaction(platform.db, async (tx) => {
      await lockUser(tx, userId)
      if (!(await deleteSession(tx, { sessionId, userId }))) return
      await recordEvent(platform, tx, { userId, event: 'logout', outcome: 'success', client })
    })
  }
}
