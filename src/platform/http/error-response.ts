import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { isDatabaseUnavailable } from '../database/database-errors.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { errorEnvelope } from './envelope.ts'
import { type Formats, validationError } from './validation.ts'

const RETRY_AFTER_SECONDS = 5

/** The framework's own refusals by their HTTP status. */
const FRAMEWORK_CODES: Record<number, ErrorCode> = {
  400: 'malformed_request',
  404: 'not_found',
  408: 'request_timeout',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
}

function translated(error: FastifyError, formats: Formats): AppError {
  if (error instanceof AppError) return error
  if (error.validation !== undefined) {
    return validationError(error.validation, error.validationContext ?? 'body', formats)
  }
  if (isDatabaseUnavailable(error)) {
    return new AppError('service_unavailable', { cause: error, retryAfterSeconds: RETRY_AFTER_SECONDS })
  }
  const code = FRAMEWORK_CODES[error.statusCode ?? 500]
  return new AppError(code ?? 'internal_error', { cause: error })
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
    const error = translated(thrown, formats)
    if (error.status >= 500) {
      const level = error.code === 'overloaded' ? 'warn' : 'error'
      request.log[level]({ err: error.cause ?? error, code: error.code }, 'request failed')
    }
    request.errorCode = error.code
    return sendError(platform, reply, error)
  }
}
