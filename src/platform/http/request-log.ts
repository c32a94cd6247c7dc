import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Platform } from '../platform.ts'
import { clientOf } from './client-address.ts'

/** Operators' probes: counted, but not worth a line each. */
const QUIET = new Set(['/health', '/health/ready', '/metrics'])

/** One log line and one measurement for each request, by its route's pattern: never by what was typed. */
export function observeRequest(
  { log, metrics }: Pick<Platform, 'log' | 'metrics'>,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const route = request.routeOptions.url ?? 'unmatched'
  metrics.observeRequest(request.method, route, reply.statusCode, reply.elapsedTime)
  if (QUIET.has(route)) return
  log[reply.statusCode < 400 ? 'info' : 'warn'](
    {
      request_id: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ip: clientOf(request).ip,
      user_id: request.userId,
      code: request.errorCode,
    },
    'request',
  )
}
