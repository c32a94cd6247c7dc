import type { FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import { isBrowser } from './origin.ts'

type HostConfig = Pick<Config, 'environment' | 'host' | 'devAllowedHosts' | 'corsAllowedOrigins'>
type Headers = Pick<FastifyRequest, 'headers'>

/** A host with an optional port; an IPv6 address stands in brackets. */
const HOST_HEADER = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|::1)$/

/** The host of a `Host` header in lower case, without port, brackets and the dot at the end. */
function hostName(header: string): string | undefined {
  const match = HOST_HEADER.exec(header.toLowerCase())
  return match === null ? undefined : (match[1] ?? match[2])?.replace(/\.$/, '')
}

function isAllowedHost({ host, devAllowedHosts }: HostConfig, header: string): boolean {
  const name = hostName(header)
  if (name === undefined) return false
  return LOOPBACK.test(name) || name === host.toLowerCase() || devAllowedHosts.includes(name)
}

function refuseForeignHost(config: HostConfig, { headers }: Headers): void {
  // Browsers always send one; a request without it was not caused by a page.
  if (headers.host === undefined || isAllowedHost(config, headers.host)) return
  throw new AppError('host_not_allowed')
}

/**
 * Refuse a request of development for a host name that is not this machine's. A page of another site can let its own
 * name point to this machine (DNS rebinding); to its browser this server is then the page's own origin.
 * @throws AppError `host_not_allowed`
 */
export function guardDevelopmentHost(config: HostConfig, request: Headers): void {
  if (config.environment === 'development') refuseForeignHost(config, request)
}

function isNavigation({ headers }: Headers): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
}

/** Whether a page of this server, a program, or a person who follows a link sends the request. */
function isOwnPage({ headers }: Headers): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers
  if (origin !== undefined && origin !== `http://${host}`) return false
  return site === undefined || site === 'same-origin' || site === 'none' || isNavigation({ headers })
}

/**
 * Refuse a request for the mailbox, which shows codes, from a page of another origin or under a foreign host name.
 * @throws AppError `host_not_allowed` or `csrf_rejected`
 */
export function guardMailbox(config: HostConfig, request: Headers): void {
  refuseForeignHost(config, request)
  const { origin } = request.headers
  if (origin !== undefined && config.corsAllowedOrigins.includes(origin)) return
  if (!isBrowser(request) || isOwnPage(request)) return
  throw new AppError('csrf_rejected', {
    detail:
      'The mailbox answers its own pages and those of CORS_ALLOWED_ORIGINS alone. Open /dev/mailbox itself.',
  })
}
