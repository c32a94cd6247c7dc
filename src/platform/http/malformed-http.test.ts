import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../../test/app.ts'

let app: TestApp

before(async () => {
  app = await startTestApp({ withoutJobs: true })
})

after(() => app.close())

/** Writes bytes to the server and reads all that it says until it closes. */
async function exchange(sent: string): Promise<{ status: number; headers: string; body: string }> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
  socket.write(sent)
  const answer = await text(socket)
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2)
  return { status: Number(head.split(' ')[1]), headers: head.toLowerCase(), body }
}

async function assertRefused(sent: string, status: number, code: string): Promise<void> {
  const answer = await exchange(sent)
  assert.equal(answer.status, status)
  const { data, api_error: error } = JSON.parse(answer.body)
  assert.equal(data, null)
  assert.deepEqual([error.status_code, error.code], [status, code])
  assert.match(error.errors.detail, /^[A-Z].+\.$/)
  assert.ok(answer.headers.includes(`x-request-id: ${error.request_id}`))
  assert.ok(answer.headers.includes('content-type: application/json'))
  assert.ok(answer.headers.includes('x-content-type-options: nosniff'))
}

describe('what is not HTTP', () => {
  it('is refused in the envelope: 400', async () => {
    const attempts = [
      'hello\r\n\r\n',
      'NOTHING / HTTP/1.1\r\nhost: x\r\n\r\n',
      'GET / HTTP/9.9\r\nhost: x\r\n\r\n',
      'GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n',
      'GET / HTTP/1.1\r\nhost: x\r\na: \0\r\n\r\n',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01',
    ]
    for (const sent of attempts) await assertRefused(sent, 400, 'malformed_request')
  })

  it('is refused without a Host, which HTTP/1.1 asks for', async () => {
    await assertRefused('GET /health HTTP/1.1\r\nconnection: close\r\n\r\n', 400, 'malformed_request')
    assert.equal((await exchange('GET /health HTTP/1.0\r\n\r\n')).status, 200)
  })

  it('is refused with headers that are too large: 431', async () => {
    const sent = `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(20_000)}\r\n\r\n`
    await assertRefused(sent, 431, 'headers_too_large')
    await assertRefused(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431, 'headers_too_large')
  })
})

describe('a request that does not arrive', () => {
  it('is given up in time: 408', async (t) => {
    const { server } = app.server
    const seconds = { requestTimeout: 10_000, headersTimeout: 10_000 }
    const { requestTimeout, headersTimeout } = server
    assert.deepEqual({ requestTimeout, headersTimeout }, seconds)
    Object.assign(server, { requestTimeout: 1, headersTimeout: 1 })
    t.after(() => Object.assign(server, seconds))
    await Promise.all([
      assertRefused('GET / HTTP/1.1\r\nhost: x\r\n', 408, 'request_timeout'),
      assertRefused(
        'POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{',
        408,
        'request_timeout',
      ),
    ])
  })

  it('is no failure of ours where the client goes away', async () => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
    const head =
      'POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\nx-request-id: gone\r\ncontent-type: application/json\r\n'
    const arrived = once(app.server.server, 'request')
    socket.write(`${head}content-length: 9\r\n\r\n{`)
    const [request] = await arrived
    const closed = new Promise((resolve) => request.on('close', resolve))
    socket.resetAndDestroy()
    await closed
    assert.ok(!app.logs.some((line) => line.includes('"level":"error"')))
  })
})
