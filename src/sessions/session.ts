import type { Config } from '../platform/config.ts'
import type { SessionRow } from '../platform/database/tables.ts'
import { tokensOf } from './token.ts'

/** How long a session can live at most, however often it is refreshed. */
export const SESSION_MAX_DAYS = 30
/** How long a confirmed password counts as a recent sign-in. */
export const RECENT_SIGN_IN_MINUTES = 15
/** How long the token before the newest is still answered with the newest: two tabs, a lost answer, a retry. */
export const REFRESH_GRACE_SECONDS = 60

export function addSeconds(date: Date, seconds: number): Date {
  return new Date(date.getTime() + seconds * 1000)
}

/** When a session ends that was created and last refreshed at these times, unless it is refreshed again. */
export function sessionExpiry(config: Config, createdAt: Date, rotatedAt: Date): Date {
  const idle = addSeconds(rotatedAt, config.tokens.refreshMinutes * 60)
  const absolute = addSeconds(createdAt, SESSION_MAX_DAYS * 86_400)
  return new Date(Math.min(idle.getTime(), absolute.getTime()))
}

export function isRecentSignIn(session: Pick<SessionRow, 'authenticated_at'>, now: Date): boolean {
  return now <= addSeconds(session.authenticated_at, RECENT_SIGN_IN_MINUTES * 60)
}

export type TokenPair = {
  accessToken: string
  refreshToken: string
  accessExpiresAt: Date
  refreshExpiresAt: Date
}

/**
 * The tokens of a session as it stands. A pure function of its row: every request that finds the session in this
 * state, on whatever instance and after whatever restart, answers the very same pair.
 */
export function tokenPair(
  config: Config,
  session: Pick<SessionRow, 'id' | 'user_id' | 'generation' | 'created_at' | 'rotated_at'>,
): TokenPair {
  const tokens = tokensOf(config)
  const issuedAt = Math.floor(session.rotated_at.getTime() / 1000)
  const accessExpiry = issuedAt + config.tokens.accessMinutes * 60
  const refreshExpiry = Math.floor(
    sessionExpiry(config, session.created_at, session.rotated_at).getTime() / 1000,
  )
  const claims = { userId: session.user_id, sessionId: session.id, generation: session.generation, issuedAt }
  return {
    accessToken: tokens.access.sign({ ...claims, expiresAt: accessExpiry }),
    refreshToken: tokens.refresh.sign({ ...claims, expiresAt: refreshExpiry }),
    accessExpiresAt: new Date(accessExpiry * 1000),
    refreshExpiresAt: new Date(refreshExpiry * 1000),
  }
}
