import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { AppError, ERROR_CODES, type ErrorCode, errorMessage } from './errors.ts'

function isCode(text: string): text is ErrorCode {
  return text in ERROR_CODES
}

const CODES = Object.keys(ERROR_CODES).filter(isCode)

describe('the catalogue of errors', () => {
  it('is the one of docs/ERRORS.md: codes, statuses and messages', async () => {
    const text = await readFile(new URL('../../docs/ERRORS.md', import.meta.url), 'utf8')
    const rows = [...text.matchAll(/^\| (\d{3}) \| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)]
    const documented = rows.map(([, status, code, message]) => [Number(status), code, message])
    const known = CODES.map((code) => [ERROR_CODES[code].status, code, errorMessage(code)])
    assert.deepEqual(documented.toSorted(), known.toSorted())
  })

  it('has a sentence for a person with every code', () => {
    for (const code of CODES) assert.match(ERROR_CODES[code].detail, /^[A-Z].+\.$/, code)
  })

  it('has the message of each status', () => {
    const messages: Record<string, string> = Object.fromEntries(
      CODES.map((code) => [`${ERROR_CODES[code].status}`, errorMessage(code)]),
    )
    assert.deepEqual(messages, {
      400: 'Invalid Credentials',
      401: 'Unauthorized Access',
      403: 'Forbidden',
      404: 'Resource Not Found',
      405: 'Method Not Allowed',
      408: 'Request Timeout',
      409: 'Resource Already Exists',
      413: 'Payload Too Large',
      415: 'Unsupported Media Type',
      421: 'Misdirected Request',
      422: 'Validation Error',
      429: 'Too Many Requests',
      431: 'Request Header Fields Too Large',
      500: 'Internal Server Error',
      503: 'Service Unavailable',
    })
    assert.equal(errorMessage('malformed_json'), 'Invalid Operation')
    assert.equal(errorMessage('invalid_credentials'), 'Invalid Credentials')
  })
})

describe('an error that a client is told of', () => {
  it('has the detail of its code where none is given', () => {
    const error = new AppError('not_found')
    assert.deepEqual(
      [error.status, error.detail, error.message],
      [404, error.detail, ERROR_CODES.not_found.detail],
    )
    assert.deepEqual(error.fields, {})
  })

  it('says when to try again wherever the service is unavailable', () => {
    assert.equal(new AppError('service_unavailable').retryAfterSeconds, 5)
    assert.equal(new AppError('overloaded', { retryAfterSeconds: 2 }).retryAfterSeconds, 2)
    assert.equal(new AppError('internal_error').retryAfterSeconds, undefined)
  })

  it('keeps its cause', () => {
    const cause = new Error('the reason')
    assert.equal(new AppError('internal_error', { cause }).cause, cause)
  })
})
