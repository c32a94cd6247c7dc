import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../platform/clock.ts'
import { batch } from '../platform/database/batch.ts'
import type { SessionRow, UserRow } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import { clientOf } from '../platform/http/client-address.ts'
import { errorEnvelope } from '../platform/http/envelope.ts'
import { refuseForeignOrigin } from '../platform/http/origin.ts'
import type { Platform } from '../platform/platform.ts'
import { ACCESS_COOKIE } from './cookies.ts'
import { type OpenAnswer, sessionWatchOf } from './session-watch.ts'
import { findSessionsByIds } from './sessions-repository.ts'
import { type TokenClaims, tokensOf } from './token.ts'

declare module 'fastify' {
  interface FastifyRequest {
    claims: TokenClaims | undefined
    caller: Caller | undefined
    openAnswer: OpenAnswer | undefined
  }
}

export type Caller = { user: UserRow; session: SessionRow }

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
const BEARER = /^Bearer +([^ ]+) *$/i

/** The token of an `Authorization: Bearer` header; nothing for another scheme. A malformed one is an empty text. */
export function bearerToken(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers
  if (authorization === undefined || !/^Bearer(\s|$)/i.test(authorization)) return undefined
  return BEARER.exec(authorization)?.[1] ?? ''
}

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

/**
 * Reads who is calling from the access token: signature, kind and time, but not whether the session still lives.
 * For routes whose own query tells that; all others use `guard`.
 */
export function readClaims({
  config,
  clock,
  requestLimit,
}: Pick<Platform, 'config' | 'clock' | 'requestLimit'>): Hook {
  const tokens = tokensOf(config)
  return async (request) => {
    const bearer = bearerToken(request)
    const token = bearer ?? request.cookies[ACCESS_COOKIE] ?? ''
    const claims = tokens.access.verify(token, clock.now())
    await requestLimit(claims?.sessionId ?? clientOf(request).addressKey)
    if (claims === undefined) throw new AppError('unauthorized')
    if (bearer === undefined && !SAFE_METHODS.has(request.method)) refuseForeignOrigin(request, config)
    request.claims = claims
    request.userId = claims.userId
  }
}

/** Answers in the place of the handler, whose own answer is ignored from now on. */
function refuse(clock: Clock, request: FastifyRequest, reply: FastifyReply): void {
  const error = new AppError('unauthorized')
  request.errorCode = error.code
  reply.hijack()
  const headers = { 'content-type': 'application/json; charset=utf-8', connection: 'close' }
  reply.raw.writeHead(error.status, { ...reply.getHeaders(), ...headers } as Record<string, string>)
  reply.raw.end(JSON.stringify(errorEnvelope(clock, error, request.id)))
}

type Edges = Pick<Platform, 'config' | 'clock' | 'requestLimit' | 'db' | 'log' | 'atClose'>

/**
 * Lets only requests through whose session lives at this moment, and brings the user along: one round trip. An answer
 * that lasts ends with its session.
 */
export function guard(platform: Edges): Hook {
  const read = readClaims(platform)
  const watch = sessionWatchOf(platform)
  const { db, clock } = platform
  const findLive = batch((ids: string[]) => findSessionsByIds(db, ids, clock.now()))
  return async (request, reply) => {
    await read(request, reply)
    const claims = claimsOf(request)
    const caller = await findLive(claims.sessionId)
    if (caller?.user.id !== claims.userId) throw new AppError('unauthorized')
    request.caller = caller
    request.openAnswer = watch.open(claims, reply.raw, () => refuse(clock, request, reply))
  }
}

export function claimsOf(request: FastifyRequest): TokenClaims {
  if (request.claims === undefined) throw new Error('the route has no guard')
  return request.claims
}

export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new Error('the route has no guard')
  return request.caller
}

/**
 * Aborts when the client disconnects or its session ends. Pass it to all work that can take longer than a second: the
 * guard ends the answer, the signal ends the work behind it.
 */
export function answerSignal(request: FastifyRequest): AbortSignal {
  if (request.openAnswer === undefined) throw new Error('the route has no guard')
  return request.openAnswer.signal
}
