import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fastify, { type FastifyInstance } from 'fastify'
import { docsRoutes } from './docs-routes.ts'
import { serveKept } from './kept-documents.ts'
import { collectOpenApi } from './openapi.ts'

const TEXTS = [
  '/openapi.json',
  '/docs',
  '/docs/static/swagger-ui-bundle.js',
  '/docs/static/swagger-ui.css',
  '/docs/static/initializer.js',
  '/redoc',
  '/redoc/assets/redoc.standalone.js',
]

let app: FastifyInstance
before(async () => {
  app = fastify()
  await collectOpenApi(app, '1.0.0', {})
  await app.register(docsRoutes)
})
after(() => app.close())

async function get(url: string, headers: Record<string, string> = {}) {
  const answer = await app.inject({ url, headers })
  return { ...answer, status: answer.statusCode, headers: answer.headers, bytes: answer.rawPayload }
}

describe('a document of the API', () => {
  for (const path of TEXTS) {
    it(`${path} is the same in Brotli, gzip and as it is, each with a tag of its own and with its policy`, async () => {
      const [plain, gzipped, br] = await Promise.all([
        get(path),
        get(path, { 'accept-encoding': 'gzip, deflate' }),
        get(path, { 'accept-encoding': 'gzip, deflate, br, zstd' }),
      ])
      assert.deepEqual(
        [plain, gzipped, br].map(({ headers }) => headers['content-encoding']),
        [undefined, 'gzip', 'br'],
      )
      assert.ok(gunzipSync(gzipped.bytes).equals(plain.bytes))
      assert.ok(brotliDecompressSync(br.bytes).equals(plain.bytes))
      assert.equal(new Set([plain, gzipped, br].map(({ headers }) => headers.etag)).size, 3)
      for (const { status, headers, bytes } of [plain, gzipped, br]) {
        assert.equal(status, 200)
        assert.equal(headers.vary, 'origin, accept-encoding')
        assert.equal(headers['content-length'], String(bytes.length))
        assert.match(String(headers['content-security-policy']), /^default-src 'none';script-src 'self'/)
        assert.match(String(headers['cache-control']), /^(no-cache|public, max-age=86400)$/)
      }
    })

    it(`${path} is not sent again to a client that has it`, async () => {
      const headers = { 'accept-encoding': 'br' }
      const etag = String((await get(path, headers)).headers.etag)
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const { status, bytes, headers: sent } = await get(path, { ...headers, 'if-none-match': known })
        assert.deepEqual(
          [status, bytes.length, sent.etag, sent.vary],
          [304, 0, etag, 'origin, accept-encoding'],
        )
      }
      assert.equal((await get(path, { ...headers, 'if-none-match': '"other"' })).status, 200)
      // The tag of another coding is not that of this one.
      assert.equal((await get(path, { 'if-none-match': etag })).status, 200)
    })
  }

  const CODINGS: [string, string | undefined][] = [
    ['', undefined],
    ['*', 'br'],
    ['BR', 'br'],
    ['gzip;q=1.0, br;q=0.5', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0, gzip;q=0', undefined],
    ['*;q=0', undefined],
    ['identity, br;q=0.1', undefined],
    ['gzip ; q=0.8 , *;q=0.1', 'gzip'],
    ['deflate', undefined],
    ['br;q=nonsense', undefined],
  ]
  for (const [accepted, expected] of CODINGS) {
    it(`is sent in ${expected ?? 'no coding'} where "${accepted}" is accepted`, async () => {
      const { status, headers } = await get('/redoc', { 'accept-encoding': accepted })
      assert.deepEqual([status, headers['content-encoding']], [200, expected])
    })
  }

  it('answers HEAD with the headers alone', async () => {
    const { statusCode, headers, rawPayload } = await app.inject({ method: 'HEAD', url: '/openapi.json' })
    assert.deepEqual([statusCode, rawPayload.length], [200, 0])
    assert.ok(headers.etag)
  })

  it('that is compressed already is sent as it is', async () => {
    const { headers, bytes } = await get('/docs/static/favicon-32x32.png', { 'accept-encoding': 'br, gzip' })
    assert.equal(headers['content-encoding'], undefined)
    assert.equal(bytes.subarray(1, 4).toString(), 'PNG')
  })
})

describe('a kept document', () => {
  it('is read once, however many ask at once, and again only where that failed', async () => {
    const server = fastify()
    let reads = 0
    const read = async () => {
      reads++
      if (reads === 1) throw new Error('the disk is away')
      return 'text '.repeat(100)
    }
    serveKept(server, { path: '/text', type: 'text/plain', cacheControl: 'no-cache', read })
    assert.equal((await server.inject('/text')).statusCode, 500)
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.inject('/text')))
    assert.deepEqual([...new Set(answers.map(({ statusCode }) => statusCode))], [200])
    assert.equal(reads, 2)
    await server.close()
  })
})
