import assert from 'node:assert/strict'
import { after, describe, it, type TestContext } from 'node:test'
import cookie from '@fastify/cookie'
import fc from 'fast-check'
import fastify from 'fastify'
import { codeDigits, isRightCode } from '../../src/one-time-codes/code-digits.ts'
import { ConfigError } from '../../src/platform/config/config-error.ts'
import { normaliseDatabaseUrl } from '../../src/platform/config/database-settings.ts'
import { readConfig } from '../../src/platform/config.ts'
import { addressKey, clientOf } from '../../src/platform/http/client-address.ts'
import { ACCESS_COOKIE } from '../../src/sessions/cookies.ts'
import { bearerToken } from '../../src/sessions/guard.ts'
import { createTokenCodec, type TokenClaims } from '../../src/sessions/token.ts'
import { canonicalEmail, isEmailAddress } from '../../src/users/email-address.ts'
import { accountFormats } from '../../src/users/formats.ts'
import { canonicalIdentifier } from '../../src/users/identifier.ts'
import { canonicalPhone, isPhone } from '../../src/users/phone.ts'
import { createClient } from '../client.ts'
import { signUp } from '../people.ts'
import { useInstances } from './instances.ts'
import { isLong } from './long.ts'
import { changed, oddText } from './parsers/texts.ts'
import { fuzzSeed } from './seed.ts'

const RUNS = isLong ? 50_000 : 1_000

function check<T extends [unknown, ...unknown[]]>(t: TestContext, property: fc.IProperty<T>): void {
  const seed = fuzzSeed()
  t.diagnostic(`SEED=${seed}`)
  fc.assert(property, { numRuns: RUNS, seed })
}

async function checkAsync<T>(t: TestContext, property: fc.IAsyncProperty<T>, numRuns: number): Promise<void> {
  const seed = fuzzSeed()
  t.diagnostic(`SEED=${seed}`)
  await fc.assert(property, { numRuns, seed })
}

describe('tokens that somebody has changed', () => {
  const SECRETS = ['one-secret-of-forty-characters-or-more-x', 'another-secret-of-forty-characters-or-so']
  const [FIRST = '', SECOND = ''] = SECRETS
  const NOW = new Date('2026-11-22T09:00:00Z')
  const access = createTokenCodec('access', 'HS256', SECRETS)
  const issuers = [
    access,
    createTokenCodec('access', 'HS256', [SECOND]),
    createTokenCodec('refresh', 'HS256', [FIRST]),
  ]
  const claims: fc.Arbitrary<TokenClaims> = fc.record(
    {
      userId: fc.uuid(),
      sessionId: fc.uuid(),
      generation: fc.oneof(fc.nat(), fc.maxSafeInteger()),
      issuedAt: fc.integer(),
      expiresAt: fc.oneof(
        fc.integer({ min: NOW.getTime() / 1000 - 2, max: NOW.getTime() / 1000 + 2 }),
        fc.nat(),
      ),
    },
    { noNullPrototype: true },
  )
  /** Every one that a server hands out, in time or not, of either key. */
  const token = fc.tuple(claims, fc.constantFrom(...issuers)).map(([own, issuer]) => issuer.sign(own))

  it('give the claims that were signed, or none, whatever their time and key', (t) => {
    const isOpen = (own: TokenClaims) => own.expiresAt * 1000 > NOW.getTime()
    check(
      t,
      fc.property(claims, (own) => {
        for (const issuer of issuers.slice(0, 2)) {
          assert.deepEqual(access.verify(issuer.sign(own), NOW), isOpen(own) ? own : undefined)
        }
      }),
    )
  })

  it('are none, whatever was changed', (t) => {
    const pair = token.chain((text) => fc.tuple(fc.constant(text), changed(fc.constant(text))))
    check(
      t,
      fc.property(pair, ([text, other]) => {
        if (other !== text) assert.equal(access.verify(other, NOW), undefined)
      }),
    )
  })

  it('are none with any single bit turned', () => {
    const whole = access.sign({
      userId: SECRET_ID,
      sessionId: SECRET_ID,
      generation: 3,
      issuedAt: 0,
      expiresAt: 2 ** 40,
    })
    assert.ok(access.verify(whole, NOW))
    const bytes = Buffer.from(whole, 'latin1')
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const turned = Buffer.from(bytes)
      turned.writeUInt8(turned.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      assert.equal(access.verify(turned.toString('latin1'), NOW), undefined, `bit ${bit}`)
    }
  })

  it('are none where their parts come from several, or there are more or less of them', (t) => {
    const parts = fc.array(
      fc.tuple(token, fc.nat(2)).map(([text, place]) => text.split('.')[place] ?? ''),
      { maxLength: 5 },
    )
    const issued = new Set<string>()
    check(
      t,
      fc.property(parts, token, (some, whole) => {
        issued.add(whole)
        const mixed = some.join('.')
        if (!issued.has(mixed)) assert.equal(access.verify(mixed, NOW), undefined)
        assert.equal(access.verify(`${whole}.${mixed}`, NOW), undefined)
      }),
    )
  })

  it('open nothing in a header, a cookie or a body', async (t) => {
    const { app } = instances
    const person = await signUp(app)
    const change = fc.tuple(
      changed(fc.constant(person.accessToken)).filter((text) => text.trim() !== person.accessToken),
      changed(fc.constant(person.refreshToken)).filter((text) => text !== person.refreshToken),
    )
    const property = fc.asyncProperty(change, async ([access, refresh]) => {
      // What no program can put into a header.
      const sendable = access.toWellFormed().replace(/[^\x20-\x7e\x80-\xff]/g, '~')
      const client = createClient(app)
      const [byHeader, byCookie, byBody] = await Promise.all([
        client.get('/users/me', { headers: { authorization: `Bearer ${sendable}` } }),
        client.get('/users/me', { headers: { cookie: `access_token=${sendable.replace(/[;=]/g, '~')}` } }),
        client.post('/auth/refresh', { refresh_token: refresh }),
      ])
      assert.deepEqual([byHeader.status, byCookie.status], [401, 401])
      assert.ok(byBody.status === 400 || byBody.status === 422, `${byBody.status}`)
    })
    await checkAsync(t, property, isLong ? 3_000 : 100)
    const { status } = await createClient(app).get('/users/me', { token: person.accessToken })
    assert.equal(status, 200)
  })
})

const SECRET_ID = '01a20575-fd08-7f42-b0a3-69b4f86e5c8d'
const instances = useInstances()

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
    await checkAsync(t, property, RUNS)
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
    await checkAsync(t, property, RUNS)
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
    await checkAsync(t, property, RUNS)
  })

  it('tell an address, or that it is unknown', async (t) => {
    const property = fc.asyncProperty(headerText, headerText, async (forwarded, userAgent) => {
      const { client } = await read({ 'x-forwarded-for': forwarded, 'user-agent': userAgent })
      assert.match(client.addressKey, BUCKET)
      assert.match(client.ip, /^(Unknown|[\d.]+|[\da-f:]+(%\w+)?)$/)
      assert.match(client.userAgent, /^(?! )[^\p{Cc}]{1,255}$/u)
    })
    await checkAsync(t, property, RUNS)
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

describe('what somebody types', () => {
  const address = fc.oneof(
    fc.emailAddress(),
    fc.constant('ada.byron@mail.example.com'),
    fc.constant('名前@例え.テスト'),
  )

  it('is an address that is one address for every mail program, or none', (t) => {
    check(
      t,
      fc.property(fc.oneof(oddText, changed(address)), (typed) => {
        const email = canonicalEmail(typed)
        assert.equal(canonicalEmail(email), email)
        if (!isEmailAddress(email)) return
        assert.match(email, /^[^@]+@[^@]+$/)
        assert.doesNotMatch(email, /[\p{Z}\p{C}"(),:;<>[\\\]]/u)
        assert.ok(email.isWellFormed() && [...email].length <= 254)
        assert.deepEqual(canonicalIdentifier(typed), { kind: 'email', text: email })
      }),
    )
  })

  it('is never both a username and an address, and a username in one form only', (t) => {
    check(
      t,
      fc.property(fc.oneof(oddText, changed(fc.stringMatching(/^[\w-]{3,50}$/))), (typed) => {
        const isUsername = accountFormats.username?.test(typed)
        const { kind, text } = canonicalIdentifier(typed)
        if (isUsername) assert.deepEqual({ kind, text }, { kind: 'username', text: typed.toLowerCase() })
        assert.deepEqual(canonicalIdentifier(text), { kind, text })
      }),
    )
  })

  const fullWidth = (text: string) =>
    text.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))

  it('is a phone number of digits, however wide they are, or none', (t) => {
    const phone = fc.stringMatching(/^\+?[\d ().-]{4,20}$/)
    check(
      t,
      fc.property(fc.oneof(oddText, changed(phone)), (typed) => {
        const canonical = canonicalPhone(typed)
        if (isPhone(typed)) assert.match(canonical, /^(\+[1-9][0-9]{6,14}|[0-9]{4,15}|)$/)
        assert.equal(isPhone(canonical), isPhone(typed))
        assert.equal(isPhone(fullWidth(canonical)), isPhone(canonical))
      }),
    )
  })

  it('is the code only with its six digits', (t) => {
    const id = fc.uuid()
    check(
      t,
      fc.property(id, fc.oneof(oddText, fc.stringMatching(/^\d{5,7}$/)), (codeId, typed) => {
        const digits = codeDigits('a secret', codeId)
        assert.match(digits, /^[0-9]{6}$/)
        assert.ok(isRightCode('a secret', codeId, digits))
        assert.equal(isRightCode('a secret', codeId, typed), typed.replaceAll(/\s/g, '') === digits)
        assert.ok(!isRightCode('a secret', codeId, fullWidth(digits)))
      }),
    )
  })
})

describe('settings that somebody got wrong', () => {
  const SECRETS = {
    ACCESS_TOKEN_SECRET_KEY: 'one-secret-of-forty-characters-or-more-x',
    REFRESH_TOKEN_SECRET_KEY: 'another-secret-of-forty-characters-or-so',
  }
  const NAMES = [
    'PORT',
    'DEBUG',
    'HOST',
    'TRUSTED_PROXIES',
    'CORS_ALLOWED_ORIGINS',
    'COOKIE_DOMAIN',
    'DATABASE_URL',
  ]
  const MORE = [
    'DATABASE_POOL_SIZE',
    'ACCESS_TOKEN_EXPIRE_MINUTES',
    'SMTP_URL',
    'RESEND_FROM_EMAIL',
    'LOG_LEVEL',
  ]
  const URLS = [
    'postgresql+asyncpg://u:p@h:5432/d?ssl=require',
    'smtp://u:p@mail.example:587',
    'https://app.example',
  ]
  const value = fc.oneof(
    oddText,
    changed(
      fc.oneof(
        fc.constantFrom('10.0.0.0/8', '::1', 'true', '8000', 'fd00::/8,127.0.0.1', ...URLS),
        fc.ipV4(),
        fc.ipV6(),
      ),
    ),
  )
  const env = fc.dictionary(fc.constantFrom(...NAMES, ...MORE), value)

  it('are named, and what is taken works', async (t) => {
    const property = fc.asyncProperty(env, async (given) => {
      const config = read(given)
      if (config === undefined) return
      assert.ok(config.port >= 0 && config.port <= 65_535 && config.tokens.accessMinutes >= 1)
      for (const origin of config.corsAllowedOrigins) assert.equal(new URL(origin).origin, origin)
      const { trustedProxies } = config
      // Throws on what it does not understand.
      if (trustedProxies.length > 0) await fastify({ trustProxy: trustedProxies }).close()
    })
    await checkAsync(t, property, RUNS)
  })

  function read(given: Record<string, string>) {
    try {
      return readConfig({ APP_ENV: 'test', ...SECRETS, ...given }, '/nowhere')
    } catch (error) {
      assert.ok(error instanceof ConfigError, `${error}`)
      const [name = ''] = Object.keys(given)
      assert.match(error.message, /[A-Z_]{4,}/, name)
      return undefined
    }
  }

  it('are one address of a database, or none', (t) => {
    const url = fc.oneof(
      fc.webUrl({ withQueryParameters: true }).map((text) => text.replace(/^\w+/, 'postgres')),
      fc.constantFrom('postgresql+asyncpg://user:p%40ss@db.example:5432/app?ssl=require', 'postgres://h/d'),
    )
    check(
      t,
      fc.property(fc.oneof(oddText, url, changed(url)), (text) => {
        const result = normaliseDatabaseUrl(text)
        if ('problem' in result) return
        assert.match(result.url, /^postgresql:\/\/[^\s]+$/)
        assert.deepEqual(normaliseDatabaseUrl(result.url), result)
      }),
    )
  })
})
