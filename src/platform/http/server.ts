import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { acceptJsonOnly } from './body-parsers.ts'
import { ErrorEnvelope } from './envelope.ts'
import { errorHandler } from './error-response.ts'
import { answerMalformedHttp } from './malformed-http.ts'
import { answerOtherMethods } from './method-not-allowed.ts'
import { requestId } from './request-id.ts'
import { observeRequests } from './request-log.ts'
import { API_HEADERS } from './security-headers.ts'
import { type Formats, validatorCompiler } from './validation.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the error that was answered, for the log and the metrics. */
    errorCode: string | undefined
    /** Who was found to be calling, for the log. */
    userId: string | undefined
  }
}

export const BODY_LIMIT_BYTES = 100 * 1024
const REQUEST_TIMEOUT_MS = 10_000
/** Longer than a reverse proxy's idle timeout (60 s is usual), so that it never sends into a closing connection. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000

/**
 * An HTTP server with our defaults and no routes: request ids, trusted proxies, CORS, security headers, strict
 * JSON, validation with our words, the envelope for every error, one log line a request.
 */
export async function createServer(
  platform: Platform,
  formats: Formats,
  registerRoutes: (app: FastifyInstance) => Promise<void>,
): Promise<FastifyInstance> {
  const logger: FastifyBaseLogger = platform.log
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    disableRequestLogging: true,
    genReqId: requestId,
    requestIdLogLabel: 'request_id',
    trustProxy: platform.config.trustedProxies.length > 0 ? platform.config.trustedProxies : false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: answerMalformedHttp(platform),
    frameworkErrors: (error, request, reply) => errorHandler(platform, formats)(error, request, reply),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
  })
  app.decorateRequest('errorCode', undefined)
  app.decorateRequest('userId', undefined)
  app.setValidatorCompiler(validatorCompiler(formats))
  app.setErrorHandler(errorHandler(platform, formats))
  app.setNotFoundHandler(() => {
    throw new AppError('not_found')
  })
  app.addSchema(ErrorEnvelope)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(API_HEADERS)
    reply.header('x-request-id', request.id)
  })
  observeRequests(app, platform)
  await app.register(cors, {
    origin: platform.config.corsAllowedOrigins,
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['retry-after', 'x-request-id'],
    maxAge: 600,
    strictPreflight: false,
  })
  await app.register(cookie)
  acceptJsonOnly(app)
  const answerOthers = answerOtherMethods(app)
  await registerRoutes(app)
  answerOthers()
  return app
}
