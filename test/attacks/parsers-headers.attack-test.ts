import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import cookie from '@fastify/cookie'
import fc from 'fast-check'
import fastify from 'fastify'
import { addressKey, clientOf } from '../../src/platform/http/client-address.ts'
import { ACCESS_COOKIE } from '../../src/sessions/cookies.ts'
import { bearerToken } from '../../src/sessions/guard.ts'
import { check, checkAsync } from './parsers/check.ts'
import { changed, oddText } from './parsers/texts.ts'

describe('headers that somebody has made up', () => {
  const server = fastify({ trustProxy: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'] })
  server.register(cookie)
  server.get('/', async (request) => ({
    bearer: bearerToken(request) ?? null,
    cookie: request.cookies[ACCESS_COOKIE] ?? null,
    client: clientOf(request),
  }))
  after(() => server.close())
  const read = async (headers: Record<string, string>) => {
    const answer = await server.inject({ url: '/', headers })
    assert.equal(answer.statusCode, 200, JSON.stringify(headers))
    return answer.json()
  }
  /** As Node reads them from the wire: a byte is a sign, and a line ends where it ends. */
  const headerText = fc
    .oneof(oddText, changed(fc.constantFrom('Bearer abc.def.ghi', 'access_token=abc; refresh_token=def')))
    .map((text) =>
      Buffer.from(text)
        .toString('latin1')
        .replace(/[\0\r\n]/g, '')
        .trim(),
    )

  it('hold a bearer token that is one word of theirs, and only after "Bearer"', async (t) => {
    const property = fc.asyncProperty(headerText, async (authorization) => {
      const { bearer } = await read({ authorization })
      const [scheme = '', word, ...rest] = authorization.split(/ +/)
      if (!/^Bearer(\s|$)/i.test(authorization)) assert.equal(bearer, null)
      else assert.equal(bearer, scheme.length === 6 && rest.length === 0 ? (word ?? '') : '')
    })
    await checkAsync(t, property)
  })

  it('hold a cookie that was put there, and nothing breaks whatever stands around it', async (t) => {
    const property = fc.asyncProperty(
      headerText,
      headerText,
      fc.stringMatching(/^[\w.-]{1,40}$/),
      async (one, other, value) => {
        const { cookie: found } = await read({ cookie: one })
        assert.ok(found === null || typeof found === 'string')
        const clean = (text: string) => text.replaceAll(/["_]/g, '')
        const around = await read({ cookie: `${clean(one)}; access_token=${value}; ${clean(other)}` })
        assert.equal(around.cookie, value)
      },
    )
    await checkAsync(t, property)
  })

  const trusted = fc.oneof(
    fc.constantFrom('127.0.0.1', '::ffff:127.0.0.1', 'fd00::1', 'FD12:3:4::5'),
    fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => `10.${a}.${b}.7`),
  )
  const stranger = fc.tuple(fc.integer({ min: 11, max: 126 }), fc.nat(255)).map(([a, b]) => `${a}.${b}.1.2`)

  it('tell the right-most address that is no proxy, whatever stands to the left of it', async (t) => {
    const spell = fc.constantFrom<(ip: string) => string>(
      (ip) => ip,
      (ip) => `::ffff:${ip}`,
      (ip) => `::FFFF:${ip}`,
      (ip) => `${ip}:4711`,
      (ip) => `  ${ip}`,
    )
    const property = fc.asyncProperty(
      fc.array(headerText, { maxLength: 3 }),
      stranger,
      spell,
      fc.array(trusted, { maxLength: 4 }),
      async (made, ip, spelled, proxies) => {
        const { client } = await read({ 'x-forwarded-for': [...made, spelled(ip), ...proxies].join(',') })
        assert.deepEqual([client.ip, client.addressKey], [ip, ip])
      },
    )
    await checkAsync(t, property)
  })

  it('tell an address, or that it is unknown', async (t) => {
    const property = fc.asyncProperty(headerText, headerText, async (forwarded, userAgent) => {
      const { client } = await read({ 'x-forwarded-for': forwarded, 'user-agent': userAgent })
      assert.match(client.addressKey, BUCKET)
      assert.match(client.ip, /^(Unknown|[\d.]+|[\da-f:]+(%\w+)?)$/)
      assert.match(client.userAgent, /^(?! )[^\p{Cc}]{1,255}$/u)
    })
    await checkAsync(t, property)
  })

  const BUCKET = /^(unknown|\d{1,3}(\.\d{1,3}){3}|([\da-f]{1,4}:){4}:\/64)$/

  it('put an address in one bucket however it is spelled, and any text in some', (t) => {
    check(
      t,
      fc.property(
        fc.ipV6(),
        fc.oneof(oddText, changed(fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended()))),
        (ip, text) => {
          assert.equal(addressKey(ip.toUpperCase()), addressKey(ip))
          assert.equal(addressKey(new URL(`http://[${ip}]`).hostname.slice(1, -1)), addressKey(ip))
          assert.match(addressKey(ip), BUCKET)
          assert.match(addressKey(text), BUCKET)
        },
      ),
    )
  })
})
