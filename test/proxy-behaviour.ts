import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from './app.ts'
import { giveCandles, giveStrategy, type Trader, trader } from './backtests.ts'
import { createClient } from './client.ts'
import { BTC_MINUTES, candleLines, csv } from './market.ts'
import type { ReverseProxy } from './proxies.ts'
import { until } from './until.ts'

const LIMIT = { timeout: 170_000 }
const BOUNDARY = 'the-boundary-of-the-test'
const UPLOAD_BYTES = 20 * 1024 * 1024
const LINE_BYTES = 46

function formOf(content: string): Buffer {
  const fields = Object.entries({ ...BTC_MINUTES, symbol: 'ETH/USDT' }).map(
    ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const file = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="candles.csv"\r\n\r\n`
  return Buffer.from(`${fields.join('')}${file}${content}\r\n--${BOUNDARY}--\r\n`)
}

/** The sockets on which the application gets requests for a path. */
function socketsOf(app: TestApp, path: string): Socket[] {
  const sockets: Socket[] = []
  app.server.server.on('request', ({ url, socket }: IncomingMessage) => {
    if (url === path) sockets.push(socket)
  })
  return sockets
}

/**
 * What every reverse proxy of deploy/ must do, with a real application behind it.
 * @param more adds what only this one does
 */
export function describeProxy(
  name: string,
  start: (target: string) => Promise<ReverseProxy>,
  more?: (proxy: () => ReverseProxy) => void,
): void {
  describe(`${name} before the application`, LIMIT, () => {
    let app: TestApp
    let proxy: ReverseProxy
    let throughProxy: TestApp
    let person: Trader
    before(async () => {
      // Backtests stay queued, so that a test says when an event happens.
      app = await startTestApp({ env: { BACKTEST_THREADS: '0' } })
      proxy = await start(app.url)
      throughProxy = { ...app, url: proxy.url }
      person = await trader(throughProxy)
    })
    after(async () => {
      await proxy?.stop()
      await app.close()
    })

    more?.(() => proxy)

    it('serves sign-in, refresh and logout', async () => {
      const { email, password } = person.person
      const client = createClient(throughProxy)
      const { data } = await client.post('/auth/login', { identifier: email, password })
      const refreshed = await client.post('/auth/refresh', { refresh_token: data.refresh_token })
      const token = refreshed.data.access_token
      assert.equal((await client.get('/users/me', { token })).status, 200)
      assert.equal((await client.post('/auth/logout', {}, { token })).status, 200)
      assert.equal((await client.get('/users/me', { token })).status, 401)
    })

    it('tells the application the address of the client, whatever the client claims', async () => {
      const forged = {
        'x-forwarded-for': '203.0.113.7, 127.0.0.1',
        forwarded: 'for=203.0.113.7',
        'x-real-ip': '203.0.113.7',
        'x-request-id': `forged-${name}`,
      }
      await createClient(throughProxy).get('/nothing', { headers: forged })
      const line = app.logs.find(
        (text) => text.includes(`forged-${name}`) && text.includes('"msg":"request"'),
      )
      assert.equal(JSON.parse(line ?? '{}').ip, '127.0.0.1')
    })

    it('streams a long upload to the application while it comes, and stores none of it', async () => {
      const path = '/api/v1/market/imports'
      const sockets = socketsOf(app, path)
      const body = formOf(csv(candleLines(Math.ceil(UPLOAD_BYTES / LINE_BYTES))))
      const half = body.length / 2
      const outgoing = request(`${proxy.url}${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${person.person.accessToken}`,
          'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
          'content-length': body.length,
        },
      })
      const answered = once(outgoing, 'response')
      outgoing.write(body.subarray(0, half))
      await until(() => (sockets[0]?.bytesRead ?? 0) > half - 1024 * 1024)
      const buffered = readdirSync(proxy.bufferFolder, { recursive: true, withFileTypes: true })
      assert.deepEqual(
        buffered.filter((entry) => entry.isFile() && /^\d{10}$/.test(entry.name)),
        [],
      )
      outgoing.end(body.subarray(half))
      const [response] = await answered
      const answer = await text(response)
      assert.equal(response.statusCode, 201, answer)
    })

    it('leaves a refusal of a large body to the application, which says why', async () => {
      const rawBody = JSON.stringify({ identifier: 'x'.repeat(200_000), password: 'x' })
      const { status, error } = await createClient(throughProxy).post('/auth/login', undefined, {
        rawBody,
        headers: { 'content-type': 'application/json' },
      })
      assert.deepEqual([status, error.code], [413, 'payload_too_large'])
    })

    it('sends events on as they come, and ends with them', async () => {
      const dataset = await giveCandles(throughProxy, person)
      const strategy = await giveStrategy(person)
      const { data } = await person.post(`/strategies/${strategy}/backtests`, {
        instruments: [{ dataset_id: dataset }],
      })
      assert.equal(data?.state, 'queued', JSON.stringify(data))
      const response = await fetch(`${proxy.url}/api/v1/backtests/${data.id}/events`, {
        headers: { authorization: `Bearer ${person.person.accessToken}` },
      })
      assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      assert.ok(reader)
      let received = ''
      const receive = async (pattern: RegExp) => {
        for (;;) {
          if (pattern.test(received)) return
          const { value, done } = await reader.read()
          assert.equal(done, false, received)
          received += value
        }
      }
      await receive(/"state":"queued"/)
      assert.equal((await person.post(`/backtests/${data.id}/cancel`)).status, 200)
      await receive(/"state":"cancelled"|event: cancelled/)
      while (!(await reader.read()).done);
    })

    it('passes odd paths, queries and long headers on as they are', async () => {
      const client = createClient(throughProxy)
      for (const path of [
        '/a%2Fb/../c',
        '/%2e%2e/x',
        '//double',
        '/%00',
        `/${'x'.repeat(4_000)}`,
        '/?q=%FF&q=2',
      ]) {
        const { status } = await client.get(path)
        assert.ok(status === 404 || status === 400 || status === 200, `${path}: ${status}`)
      }
      const long = { authorization: `Bearer ${'x'.repeat(6_000)}`, cookie: `a=${'y'.repeat(5_000)}` }
      assert.equal((await client.get('/users/me', { headers: long })).error.code, 'unauthorized')
    })

    it('keeps the metrics to itself', async () => {
      for (const path of ['//metrics', '//metrics/']) {
        const { status, body } = await createClient(throughProxy).get(path)
        assert.equal(status, 404)
        assert.ok(!String(body).includes('http_requests_total'))
      }
    })

    it('leaves the headers of the application alone', async () => {
      const [direct, proxied] = await Promise.all([
        createClient(app).get('//health'),
        createClient(throughProxy).get('//health'),
      ])
      for (const header of ['content-security-policy', 'strict-transport-security', 'cache-control']) {
        assert.equal(proxied.headers.get(header), direct.headers.get(header))
      }
    })
  })
}
