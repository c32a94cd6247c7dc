import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { after, before, describe, it } from 'node:test'
import fastify from 'fastify'
import { AppError } from '../errors.ts'
import { eventStreams, type StreamEvent } from './event-stream.ts'
import { type MultipartLimits, readMultipart } from './multipart.ts'
import { lingerOver } from './slow-requests.ts'

const PACE = { firstPollMs: 5, pollMs: 5, roundsToKeepAlive: 3 }

describe('a stream of events', () => {
  const follow = async (read: (after: number) => Promise<StreamEvent[]>) => {
    const app = fastify()
    const streams = eventStreams(app, PACE)
    app.get('/', (request, reply) =>
      streams.send(request, reply, { read, isLast: ({ event }) => event === 'end' }),
    )
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    return { app, url }
  }

  it('tells that somebody is there, and lives through a source that fails for a while', async () => {
    let round = 0
    const { app, url } = await follow(async () => {
      round++
      if (round === 2) throw new Error('away')
      return round < 12 ? [] : [{ number: 7, event: 'end', data: { a: 1 } }]
    })
    const text = await (await fetch(url)).text()
    assert.match(text, /^retry: 2000\n\n(: still here\n\n)+id: 7\nevent: end\ndata: {"a":1}\n\n$/)
    await app.close()
  })

  it('ends when the server closes', async () => {
    const { app, url } = await follow(async () => [])
    const response = await fetch(url)
    await app.close()
    assert.equal(await response.text(), 'retry: 2000\n\n')
  })

  it('is refused to who follows twenty already, and fails as an answer where its source does', async () => {
    let isBroken = false
    const { app, url } = await follow(async () => {
      if (isBroken) throw new Error('away')
      return []
    })
    const streams = await Promise.all(Array.from({ length: 20 }, () => fetch(url)))
    assert.ok(streams.every(({ status }) => status === 200))
    assert.match(await (await fetch(url)).text(), /You follow 20 streams/)
    await app.close()
    await Promise.all(streams.map((stream) => stream.text()))
    isBroken = true
    const other = await follow(async () => {
      if (isBroken) throw new Error('away')
      return []
    })
    assert.equal((await fetch(other.url)).status, 500)
    await other.app.close()
  })

  it('is read no more when its client has gone', async () => {
    const gone = Promise.withResolvers<void>()
    let closed = false
    let after = 0
    const { app, url } = await follow(async () => {
      if (closed) after++
      return []
    })
    app.server.on('connection', (socket) =>
      socket.on('close', () => {
        closed = true
        gone.resolve()
      }),
    )
    const leaving = new AbortController()
    const response = await fetch(url, { signal: leaving.signal })
    leaving.abort()
    await response.text().catch(() => {})
    await gone.promise
    await app.close()
    assert.ok(after <= 1)
  })
})

describe('a form that is slow', () => {
  const LIMITS = { maxBytes: 1e6, seconds: 60, idleSeconds: 60 }
  let server: Server
  let arrived: PromiseWithResolvers<IncomingMessage>
  before(async () => {
    server = createServer((request, response) => {
      arrived.resolve(request)
      request.once('close', () => response.end())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const begin = async (
    sent: string,
  ): Promise<{ request: IncomingMessage; send(more: string): void; gone: Promise<unknown> }> => {
    arrived = Promise.withResolvers()
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const client = httpRequest({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    })
    const gone = new Promise((resolve) => client.on('error', resolve))
    client.write(sent)
    return { request: await arrived.promise, send: (more) => client.write(more), gone }
  }
  const refused = (limits: Partial<MultipartLimits>, code: string) => async () => {
    const { request } = await begin('--x\r\n')
    await assert.rejects(
      readMultipart(request, { ...LIMITS, ...limits }),
      (error) => error instanceof AppError && error.code === code,
    )
    lingerOver(request)
  }

  it('is refused when its time is over', refused({ seconds: 0.02 }, 'request_timeout'))
  it('is refused when nothing comes', refused({ idleSeconds: 0.02 }, 'request_timeout'))

  it('is not refused while we are the ones who pause', async () => {
    const { request } = await begin(
      '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n1234',
    )
    const form = await readMultipart(request, { ...LIMITS, idleSeconds: 0.02 })
    request.pause()
    // Longer than may pass without a byte.
    await new Promise((resolve) => setTimeout(resolve, 60))
    assert.ok(form.received() > 0)
    request.resume()
    await assert.rejects(form.end(), /too long/)
    form.abandon()
    lingerOver(request)
  })

  it('that was refused is read on for a while, and its connection cut when that is over', async () => {
    const slow = await begin('--x\r\n')
    lingerOver(slow.request, { bytes: 1e6, ms: 20 })
    await slow.gone
    const fast = await begin('--x\r\n')
    lingerOver(fast.request, { bytes: 10, ms: 10_000 })
    fast.send('x'.repeat(100_000))
    await fast.gone
    assert.ok(fast.request.destroyed)
    lingerOver(fast.request)
  })
})
