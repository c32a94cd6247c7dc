import { randomUUIDv7 } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { AppError, type ErrorCode } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { errorEnvelope } from './envelope.ts'
import { API_HEADERS } from './security-headers.ts'
import { isSlowBodyAllowed } from './slow-requests.ts'

const CODES: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** Answers, in the envelope, what is not even HTTP: no request exists yet, so the socket is written to. */
export function answerMalformedHttp(platform: Pick<Platform, 'clock' | 'log'>) {
  return (failure: Error & { code?: string }, socket: Socket): void => {
    if (failure.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isSlowBodyAllowed(socket)) return
    if (failure.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const error = new AppError(CODES[String(failure.code)] ?? 'malformed_request', { cause: failure })
    const id = randomUUIDv7()
    platform.log.debug({ request_id: id, code: failure.code }, 'malformed HTTP')
    const body = JSON.stringify(errorEnvelope(platform.clock, error, id))
    const headers = {
      ...API_HEADERS,
      'x-request-id': id,
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`)
  }
}
