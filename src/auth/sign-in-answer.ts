import type { FastifyReply, FastifyRequest } from 'fastify'
import { isBrowser } from '../platform/http/origin.ts'
import type { Platform } from '../platform/platform.ts'
import { setTokenCookies } from '../sessions/cookies.ts'
import { tokenPair } from '../sessions/session.ts'
import type { SessionWithUser } from '../sessions/sessions-repository.ts'
import { publicUser } from '../users/user.ts'

/**
 * What every sign-in answers: the user, the tokens, both cookies. The refresh token is in the body too, unless a
 * browser asks: a page's script never sees it.
 */
export function signInAnswer(
  { config, clock }: Pick<Platform, 'config' | 'clock'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { user, session }: SessionWithUser,
  message: string,
) {
  const now = clock.now()
  const pair = tokenPair(config, session)
  setTokenCookies(reply, config, pair, now)
  request.userId = user.id
  return {
    user: publicUser(user, now),
    access_token: pair.accessToken,
    ...(isBrowser(request) ? {} : { refresh_token: pair.refreshToken }),
    token_type: 'Bearer' as const,
    expires_in: Math.max(0, Math.floor((pair.accessExpiresAt.getTime() - now.getTime()) / 1000)),
    message,
  }
}
