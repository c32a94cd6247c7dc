import { randomUUIDv7 } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const SANE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** The caller's `x-request-id` where it is one that a log can hold, else a new one. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const sent = request.headers['x-request-id']
  return typeof sent === 'string' && SANE.test(sent) ? sent : randomUUIDv7()
}
