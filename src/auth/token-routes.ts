import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../platform/errors.ts'
import { clientOf } from '../platform/http/client-address.ts'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { isForeignPage, mayUseCookies, refuseForeignOrigin } from '../platform/http/origin.ts'
import { routeSchema } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { ACCESS_COOKIE, clearTokenCookies, REFRESH_COOKIE } from '../sessions/cookies.ts'
import { bearerToken, callerOf, guard } from '../sessions/guard.ts'
import { sessionRefresher } from '../sessions/refresh-session.ts'
import { Confirmation, Confirmed, Done, RefreshToken, SignedIn } from './auth-schemas.ts'
import { logOut, sessionsNamedBy } from './log-out.ts'
import { reauthenticate } from './reauthenticate.ts'
import { signInAnswer } from './sign-in-answer.ts'

const tags = ['Authentication']

/** `/api/v1/auth`, where a token says who asks: refresh, logout, and proving the password again. */
export function tokenRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { clock, config, requestLimit } = platform
  const refreshSession = sessionRefresher(platform)
  const limitByAddress = async (request: FastifyRequest) => requestLimit(clientOf(request).addressKey)
  const forgetTokens = (request: FastifyRequest, reply: FastifyReply) => {
    if (!isForeignPage(request, config)) clearTokenCookies(reply, config)
  }
  return async (app) => {
    app.post(
      '/refresh',
      {
        onRequest: limitByAddress,
        schema: routeSchema(
          {
            operationId: 'refresh',
            summary: 'Exchange a refresh token for a new pair',
            description:
              'Each refresh token is for one use. Repeated within 60 seconds it answers the same pair again; used later it ends the session.',
            tags,
            errors: ['invalid_token', 'csrf_rejected'],
          },
          { body: RefreshToken },
          { 200: Envelope(SignedIn) },
        ),
      },
      async (request, reply) => {
        const sent = request.body.refresh_token || undefined
        const cookie = request.cookies[REFRESH_COOKIE]
        if (sent === undefined && cookie !== undefined) refuseForeignOrigin(request, config)
        try {
          const session = await refreshSession(sent ?? cookie ?? '', clientOf(request))
          const message = 'The session was refreshed.'
          return envelope(clock, signInAnswer(platform, request, reply, session, message))
        } catch (error) {
          if (error instanceof AppError && error.code === 'invalid_token') forgetTokens(request, reply)
          throw error
        }
      },
    )

    app.post(
      '/logout',
      {
        onRequest: limitByAddress,
        schema: routeSchema(
          {
            operationId: 'logOut',
            summary: 'End the session of every valid token that is sent; always succeeds',
            tags,
            errors: ['csrf_rejected'],
          },
          { body: RefreshToken },
          { 200: Envelope(Done) },
        ),
      },
      async (request, reply) => {
        const named = sessionsNamedBy(platform, [
          bearerToken(request),
          request.body.refresh_token ?? undefined,
        ])
        const inCookies = [request.cookies[ACCESS_COOKIE], request.cookies[REFRESH_COOKIE]]
        const allowed = mayUseCookies(request, config)
        if (allowed) named.push(...sessionsNamedBy(platform, inCookies))
        // Who sends a valid token otherwise does not depend on the cookies, and they are left alone.
        else if (named.length === 0 && inCookies.some(Boolean)) throw new AppError('csrf_rejected')
        await logOut(platform, named, clientOf(request))
        forgetTokens(request, reply)
        return envelope(clock, { message: 'You are signed out.' })
      },
    )

    app.post(
      '/reauthenticate',
      {
        onRequest: guard(platform),
        schema: routeSchema(
          {
            operationId: 'reauthenticate',
            summary: 'Prove the password again, for what needs a recent sign-in',
            tags,
            errors: ['csrf_rejected', 'wrong_password', 'overloaded'],
          },
          { body: Confirmation },
          { 200: Envelope(Confirmed) },
          'guarded',
        ),
      },
      async (request) => {
        const { password } = request.body
        const seconds = await reauthenticate(platform, callerOf(request), password, clientOf(request))
        return envelope(clock, { message: 'Your password was confirmed.', expires_in: seconds })
      },
    )
  }
}
