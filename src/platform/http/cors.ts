import type { FastifyReply, FastifyRequest } from 'fastify'

const ALLOWED = { 'access-control-allow-credentials': 'true' }
const EXPOSED = { 'access-control-expose-headers': 'retry-after, x-request-id' }
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-max-age': '600',
}

/** Whether a browser asks beforehand if it may send a request of another origin. */
export function isPreflight({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
}

/**
 * Sets the CORS headers (https://fetch.spec.whatwg.org/#http-cors-protocol) where the origin is on the allow-list,
 * with credentials. Other origins are told nothing.
 */
export function allowOrigin(allowed: string[], request: FastifyRequest, reply: FastifyReply): void {
  reply.header('vary', 'origin')
  const { origin, 'access-control-request-headers': wanted } = request.headers
  if (origin === undefined || !allowed.includes(origin)) return
  reply.headers({ 'access-control-allow-origin': origin, ...ALLOWED })
  if (!isPreflight(request)) reply.headers(EXPOSED)
  else
    reply.headers({
      ...PREFLIGHT,
      ...(wanted === undefined ? {} : { 'access-control-allow-headers': wanted }),
    })
}
