import type { FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'

/** A browser says where a request comes from; other programs do not. */
export function isBrowser({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined
}

/**
 * Whether cookies may authenticate a request that changes something: it has to come from a page of an allowed
 * origin, or of our own.
 */
export function mayUseCookies(
  { headers }: Pick<FastifyRequest, 'headers'>,
  { corsAllowedOrigins }: Pick<Config, 'corsAllowedOrigins'>,
): boolean {
  if (headers.origin !== undefined && corsAllowedOrigins.includes(headers.origin)) return true
  return headers['sec-fetch-site'] === 'same-origin'
}

/**
 * Whether a page that is not allowed sends the request. Its browser may hold cookies and keep them back (SameSite),
 * but would obey an answer that clears them.
 */
export function isForeignPage(
  request: Pick<FastifyRequest, 'headers'>,
  config: Pick<Config, 'corsAllowedOrigins'>,
): boolean {
  return isBrowser(request) && !mayUseCookies(request, config)
}

/** @throws AppError `csrf_rejected` where cookies may not authenticate the request */
export function refuseForeignOrigin(
  request: Pick<FastifyRequest, 'headers'>,
  config: Pick<Config, 'corsAllowedOrigins'>,
): void {
  if (!mayUseCookies(request, config)) throw new AppError('csrf_rejected')
}
