import cookie from '@fastify/cookie'
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { AppError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { withinRequest } from '../request-scope.ts'
import { guardDevelopmentHost } from './allowed-hosts.ts'
import { acceptJsonOnly } from './body-parsers.ts'
import { clientOf } from './client-address.ts'
import { allowOrigin, isPreflight } from './cors.ts'
import { ErrorEnvelope } from './envelope.ts'
import { errorHandler } from './error-response.ts'
import type { Formats } from './formats.ts'
import { closeConnectionsWithLastAnswers } from './last-answers.ts'
import { answerMalformedHttp } from './malformed-http.ts'
import { answerOtherMethods } from './method-not-allowed.ts'
import { requestId } from './request-id.ts'
import { observeRequest } from './request-log.ts'
import { API_HEADERS } from './security-headers.ts'
import { validatorCompiler } from './validation.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the error that was answered, for the log and the metrics. */
    errorCode: string | undefined
    /** Who was found to be calling, for the log. */
    userId: string | undefined
  }
}

const BODY_LIMIT_BYTES = 100 * 1024
const REQUEST_TIMEOUT_MS = 10_000
/** How often the server looks for requests that take too long to arrive. */
const TIMEOUT_CHECK_MS = 500
/** Longer than a reverse proxy's idle timeout (60 s is usual), so that it never sends into a closing connection. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000
/** As much as a request line can hold: an id that is too long is an unknown one. */
const MAX_PARAM_LENGTH = 16 * 1024

/** Defaults of every server. Requests without a Host are refused by us, in the envelope. */
function serverOptions(platform: Platform, handleError: ReturnType<typeof errorHandler>) {
  const logger: FastifyBaseLogger = platform.log
  const { trustedProxies } = platform.config
  return {
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // The id is in every line already, by the request's scope.
    childLoggerFactory: (log: FastifyBaseLogger) => log,
    genReqId: requestId,
    trustProxy: trustedProxies.length > 0 ? trustedProxies : false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: {
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      requireHostHeader: false,
    },
    forceCloseConnections: 'idle' as const,
    return503OnClosing: false,
    clientErrorHandler: answerMalformedHttp(platform),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
    // What the router itself refuses passes no hook.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      setHeaders(platform, request, reply)
      reply.raw.once('finish', () => observeRequest(platform, request, reply))
      handleError(error, request, reply)
    },
  }
}

function setHeaders(
  { config }: Pick<Platform, 'config'>,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  reply.headers(API_HEADERS)
  reply.header('x-request-id', request.id)
  allowOrigin(config.corsAllowedOrigins, request, reply)
}

/** What happens to each request before its route does anything. */
function addHooks(app: FastifyInstance, platform: Platform): void {
  const enterScope = (request: FastifyRequest, _reply: FastifyReply, done: () => void) =>
    withinRequest({ request_id: request.id }, done)
  app.addHook('onRequest', enterScope)
  // Reading a body leaves the scope.
  app.addHook('preValidation', enterScope)
  app.addHook('onRequest', async (request, reply) => {
    setHeaders(platform, request, reply)
    if (request.headers.host === undefined && request.raw.httpVersion !== '1.0') {
      throw new AppError('malformed_request', { detail: 'The Host header is missing.' })
    }
    guardDevelopmentHost(platform.config, request)
    if (isPreflight(request)) return reply.code(204).send()
    if (!request.is404) return
    await platform.requestLimit(clientOf(request).addressKey)
    throw new AppError('not_found')
  })
  app.addHook('onResponse', async (request, reply) => observeRequest(platform, request, reply))
}

/**
 * An HTTP server with our defaults and no routes: request ids, trusted proxies, CORS, security headers, strict
 * JSON, validation with our words, the envelope for every error, one log line a request.
 */
export async function createServer(
  platform: Platform,
  formats: Formats,
  registerRoutes: (app: FastifyInstance) => Promise<void>,
): Promise<FastifyInstance> {
  const handleError = errorHandler(platform, formats)
  const app: FastifyInstance = fastify(serverOptions(platform, handleError))
  app.decorateRequest('errorCode', undefined)
  app.decorateRequest('userId', undefined)
  app.setValidatorCompiler(validatorCompiler(formats))
  app.setErrorHandler(handleError)
  app.setNotFoundHandler(() => {
    throw new AppError('not_found')
  })
  app.addSchema(ErrorEnvelope)
  addHooks(app, platform)
  closeConnectionsWithLastAnswers(app)
  await app.register(cookie)
  acceptJsonOnly(app)
  const answerOthers = answerOtherMethods(app, platform)
  await registerRoutes(app)
  answerOthers()
  return app
}
