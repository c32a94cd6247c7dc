import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { batch } from '../platform/database/batch.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import { clientOf } from '../platform/http/client-address.ts'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { isBrowser } from '../platform/http/origin.ts'
import { IdText } from '../platform/http/request-fields.ts'
import { routeSchema } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { clearTokenCookies } from './cookies.ts'
import { callerOf, claimsOf, guard, readClaims } from './guard.ts'
import { revokeSession, revokeSessions } from './revoke-sessions.ts'
import { deleteExpiredSessionsOf, findLiveSessions } from './sessions-repository.ts'
import { Deleted, EndedMessage, SessionList, shownSession } from './sessions-schemas.ts'

const tags = ['Sessions']

/** `/api/v1/sessions`: where the caller is signed in. */
export function sessionsRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { clock, db, config } = platform
  const guarded = guard(platform)
  const findOfUser = batch((userIds: string[]) => findLiveSessions(db, userIds, clock.now()))
  return async (app) => {
    app.get(
      '/',
      {
        // The list tells by itself whether the caller's own session lives: one query does for both.
        onRequest: readClaims(platform),
        schema: routeSchema(
          { operationId: 'listSessions', summary: 'The live sessions, newest first', tags },
          {},
          { 200: Envelope(SessionList) },
          'guarded',
        ),
      },
      async (request) => {
        const { userId, sessionId } = claimsOf(request)
        const sessions = await findOfUser(userId)
        if (!sessions?.some(({ id }) => id === sessionId)) throw new AppError('unauthorized')
        const shown = sessions.map((session) => shownSession(session, sessionId))
        const message = `You are signed in on ${shown.length} ${shown.length === 1 ? 'device' : 'devices'}.`
        return envelope(clock, { sessions: shown, total_sessions: shown.length, message })
      },
    )

    app.delete(
      '/:session_id',
      {
        onRequest: guarded,
        schema: routeSchema(
          {
            operationId: 'endSession',
            summary: 'End a session; the current one is a logout',
            tags,
            errors: ['csrf_rejected', 'session_not_found'],
          },
          {
            params: Type.Object({
              session_id: IdText('Its id'),
            }),
          },
          { 200: Envelope(EndedMessage) },
          'guarded',
        ),
      },
      async (request, reply) => {
        const sessionId = request.params.session_id.toLowerCase()
        const caller = callerOf(request)
        await revokeSession(platform, caller, sessionId, clientOf(request))
        if (sessionId === caller.session.id) clearTokenCookies(reply, config)
        return envelope(clock, { message: 'The session ended.' })
      },
    )

    app.delete(
      '/',
      {
        onRequest: guarded,
        schema: routeSchema(
          {
            operationId: 'endSessions',
            summary: 'End every session, or all others',
            tags,
            errors: ['csrf_rejected'],
          },
          {
            querystring: Type.Object({
              keep_current: Type.Optional(
                Type.Boolean({
                  description: "Spares the caller's; by default yes for a browser, else no",
                  examples: [true],
                }),
              ),
            }),
          },
          { 200: Envelope(Deleted) },
          'guarded',
        ),
      },
      async (request, reply) => {
        const keepCurrent = request.query.keep_current ?? isBrowser(request)
        const deleted = await revokeSessions(platform, callerOf(request), keepCurrent, clientOf(request))
        if (!keepCurrent) clearTokenCookies(reply, config)
        const message = keepCurrent ? 'All other sessions ended.' : 'All sessions ended.'
        return envelope(clock, { message, deleted })
      },
    )

    app.post(
      '/cleanup',
      {
        onRequest: guarded,
        schema: routeSchema(
          {
            operationId: 'removeExpiredSessions',
            summary: "Remove the caller's expired sessions; they also go by themselves",
            tags,
            errors: ['csrf_rejected'],
          },
          {},
          { 200: Envelope(Deleted) },
          'guarded',
        ),
      },
      async (request) => {
        const { user } = callerOf(request)
        const deleted = await inTransaction(db, (tx) => deleteExpiredSessionsOf(tx, user.id, clock.now()))
        return envelope(clock, { message: 'Expired sessions were removed.', deleted })
      },
    )
  }
}
