import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { after, before, describe, it } from 'node:test'
import fastify from 'fastify'
import { AppError } from '../errors.ts'
import { type EventSource, eventStreams, type StreamPace } from './event-stream.ts'
import { type MultipartLimits, readMultipart } from './multipart.ts'
import { lingerOver } from './slow-requests.ts'

const PACE: StreamPace = { firstPollMs: 5, pollMs: 5, roundsToKeepAlive: 3, maxMs: 60_000 }
const NOTHING = { events: [], isOver: false }

describe('a stream of events', () => {
  const follow = async (read: EventSource['read'], pace: Partial<StreamPace> = {}) => {
    const app = fastify()
    const streams = eventStreams(app, { ...PACE, ...pace })
    app.get('/', (request, reply) => streams.send(request, reply, { read }))
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    return { app, url }
  }

  it('tells that somebody is there, and lives through a source that fails for a while', async () => {
    let round = 0
    const { app, url } = await follow(async () => {
      round++
      if (round === 2) throw new Error('away')
      return round < 12 ? NOTHING : { events: [{ number: 7, event: 'end', data: { a: 1 } }], isOver: true }
    })
    const text = await (await fetch(url)).text()
    assert.match(text, /^retry: 2000\n\n(: still here\n\n)+id: 7\nevent: end\ndata: {"a":1}\n\n$/)
    await app.close()
  })

  it('ends when its source is over, also without an event', async () => {
    let round = 0
    const { app, url } = await follow(async () => ({ events: [], isOver: ++round === 3 }))
    assert.equal(await (await fetch(url)).text(), 'retry: 2000\n\n')
    assert.equal(round, 3)
    await app.close()
  })

  it('ends after its maximum duration, so that the client reconnects', async () => {
    const { app, url } = await follow(async () => NOTHING, { maxMs: 20, roundsToKeepAlive: 1e6 })
    assert.equal(await (await fetch(url)).text(), 'retry: 2000\n\n')
    await app.close()
  })

  it('begins after the event that the client names, and at the first one for a malformed name', async () => {
    const asked: number[] = []
    const { app, url } = await follow(async (after) => {
      asked.push(after)
      return { events: [], isOver: true }
    })
    for (const id of ['7', '-1', '1.5', 'x', '1e3', '9'.repeat(40), '']) {
      await (await fetch(url, { headers: { 'last-event-id': id } })).text()
    }
    assert.deepEqual(asked, [7, 0, 0, 0, 0, 0, 0])
    await app.close()
  })

  it('ends when the server closes', async () => {
    const { app, url } = await follow(async () => NOTHING)
    const response = await fetch(url)
    await app.close()
    assert.equal(await response.text(), 'retry: 2000\n\n')
  })

  it('is refused to who follows twenty already, and fails as an answer where its source does', async () => {
    let isBroken = false
    const { app, url } = await follow(async () => {
      if (isBroken) throw new Error('away')
      return NOTHING
    })
    const streams = await Promise.all(Array.from({ length: 20 }, () => fetch(url)))
    assert.ok(streams.every(({ status }) => status === 200))
    assert.match(await (await fetch(url)).text(), /You follow 20 streams/)
    await app.close()
    await Promise.all(streams.map((stream) => stream.text()))
    isBroken = true
    const other = await follow(async () => {
      if (isBroken) throw new Error('away')
      return NOTHING
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
      return NOTHING
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
  const LIMITS: MultipartLimits = {
    maxBytes: 1e6,
    seconds: 60,
    idleSeconds: 60,
    fieldSeconds: 60,
    signal: new AbortController().signal,
  }
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
  const refused =
    (limits: Partial<MultipartLimits>, code: string, sent = '--x\r\n') =>
    async () => {
      const { request } = await begin(sent)
      await assert.rejects(
        readMultipart(request, { ...LIMITS, ...limits }),
        (error) => error instanceof AppError && error.code === code,
      )
      lingerOver(request)
    }

  it('is refused when its time is over', refused({ seconds: 0.02 }, 'request_timeout'))
  it('is refused when nothing comes', refused({ idleSeconds: 0.02 }, 'request_timeout'))
  it('is refused when its file does not begin in time', refused({ fieldSeconds: 0.02 }, 'request_timeout'))
  const endless = `--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n${'x'.repeat(200_000)}`
  it('is refused when its file does not begin within 128 kB', refused({}, 'validation_failed', endless))

  it('is refused when a byte comes now and then, as fast as the idle time asks for', async () => {
    const { request, send } = await begin('--x\r\n')
    const dripping = setInterval(() => send('x'), 5)
    await assert.rejects(readMultipart(request, { ...LIMITS, idleSeconds: 0.1 }), { code: 'request_timeout' })
    clearInterval(dripping)
    lingerOver(request)
  })

  it('ends with the reason of its signal: before it begins, between its fields, and in its file', async () => {
    const reason = new AppError('unauthorized')
    const early = await begin('--x\r\n')
    await assert.rejects(
      readMultipart(early.request, { ...LIMITS, signal: AbortSignal.abort(reason) }),
      reason,
    )
    const between = await begin('--x\r\n')
    const first = new AbortController()
    const opening = readMultipart(between.request, { ...LIMITS, signal: first.signal })
    first.abort(reason)
    await assert.rejects(opening, reason)
    const inside = await begin('--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n1234')
    const second = new AbortController()
    const form = await readMultipart(inside.request, { ...LIMITS, signal: second.signal })
    second.abort()
    await assert.rejects(form.end(), { code: 'malformed_request' })
    await assert.rejects(Array.fromAsync(form.file), { code: 'malformed_request' })
    for (const { request } of [early, between, inside]) lingerOver(request)
  })

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
