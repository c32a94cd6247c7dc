import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { brokenReference, isAccountGone, isDatabaseUnavailable } from '../database/database-errors.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { errorEnvelope } from './envelope.ts'
import type { Formats } from './formats.ts'
import { validationError } from './validation.ts'

/** JSON Schema keywords that concern text. */
const TEXT_KEYWORDS = new Set(['format', 'pattern', 'minLength', 'maxLength'])

/** The framework's own refusals, of which only one is worth a code of its own. */
function refusalCode(status: number): ErrorCode | undefined {
  if (status < 400 || status >= 500) return undefined
  return status === 413 ? 'payload_too_large' : 'malformed_request'
}

/** Text in a path that cannot be an id or a name names nothing; a number outside its bounds is a wrong value. */
function namesNothing({ validation, validationContext }: FastifyError): boolean {
  return (
    validationContext === 'params' && validation?.some(({ keyword }) => TEXT_KEYWORDS.has(keyword)) === true
  )
}

function translated(error: FastifyError, formats: Formats, request: FastifyRequest): AppError {
  if (error instanceof AppError) return error
  const { notFound } = request.routeOptions.schema ?? {}
  if (notFound !== undefined && namesNothing(error)) return new AppError(notFound, { cause: error })
  if (error.validation !== undefined) {
    return validationError(error.validation, String(error.validationContext), formats)
  }
  // Before the database's: a client that goes away in the middle of its body breaks a connection, too.
  const code = refusalCode(error.statusCode ?? 500)
  if (code !== undefined) return new AppError(code, { cause: error })
  if (isAccountGone(error)) return new AppError('unauthorized', { cause: error })
  // What the request refers to was deleted meanwhile.
  if (request.userId !== undefined && brokenReference(error) !== undefined) {
    return new AppError('data_changed', { cause: error })
  }
  return new AppError(isDatabaseUnavailable(error) ? 'service_unavailable' : 'internal_error', {
    cause: error,
  })
}

/** Sends an error in the envelope, with the headers that its status asks for. */
export function sendError(
  platform: Pick<Platform, 'clock'>,
  reply: FastifyReply,
  error: AppError,
): FastifyReply {
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds)
  if (error.allow !== undefined) reply.header('allow', error.allow)
  return reply.code(error.status).send(errorEnvelope(platform.clock, error, reply.request.id))
}

/** The one place where a thrown error becomes an answer. What is our fault is logged with its cause and told to nobody. */
export function errorHandler(platform: Platform, formats: Formats) {
  return (thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const error = translated(thrown, formats, request)
    if (error.status >= 500) {
      const level = error.code === 'overloaded' ? 'warn' : 'error'
      platform.log[level](
        { request_id: request.id, err: error.cause ?? error, code: error.code },
        'request failed',
      )
    }
    request.errorCode = error.code
    return sendError(platform, reply, error)
  }
}
