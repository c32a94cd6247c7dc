import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { jwtVerify, SignJWT } from 'jose'
import { keyId } from '../platform/secrets.ts'
import { createTokenCodec, type TokenClaims } from './token.ts'

const SECRETS = ['first-secret-of-forty-characters-or-more', 'second-secret-of-forty-characters-or-so']
const [FIRST = '', SECOND = ''] = SECRETS
const NOW = new Date('2026-11-22T09:00:00Z')
const SECONDS = NOW.getTime() / 1000

const access = createTokenCodec('access', 'HS256', SECRETS)
const refresh = createTokenCodec('refresh', 'HS256', SECRETS)

function claims(changes: Partial<TokenClaims> = {}): TokenClaims {
  return {
    userId: randomUUID(),
    sessionId: randomUUID(),
    generation: 0,
    issuedAt: SECONDS,
    expiresAt: SECONDS + 1800,
    ...changes,
  }
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token that somebody with the key made, with a payload as they like it. */
function forge(
  payload: object,
  header: object = { alg: 'HS256', typ: 'JWT', kid: keyId(FIRST) },
  secret = FIRST,
) {
  return new SignJWT({ ...payload })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(new TextEncoder().encode(secret))
}

const payloadOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

describe('a token', () => {
  it('gives back the claims it was signed with, until it expires', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.uuid(),
        fc.nat(),
        fc.integer({ min: 1, max: 1e9 }),
        (userId, sessionId, generation, life) => {
          const own = claims({ userId, sessionId, generation, expiresAt: SECONDS + life })
          const token = access.sign(own)
          assert.deepEqual(access.verify(token, NOW), own)
          assert.equal(access.verify(token, new Date((SECONDS + life) * 1000)), undefined)
        },
      ),
    )
  })

  it('with any character changed, added or left out is none', () => {
    const token = access.sign(claims())
    const character = fc.constantFrom(...'abcXYZ019-_.=+/ ')
    fc.assert(
      fc.property(fc.nat(token.length - 1), character, fc.constantFrom(0, 1), (place, other, cut) => {
        const changed = token.slice(0, place) + other + token.slice(place + cut)
        fc.pre(changed !== token)
        assert.equal(access.verify(changed, NOW), undefined)
      }),
    )
    assert.equal(access.verify(token.slice(0, -1), NOW), undefined)
  })

  it('of any text never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => assert.equal(access.verify(text, NOW), undefined)))
    for (const text of ['', '.', '..', '...', `${access.sign(claims())}.`])
      assert.equal(access.verify(text, NOW), undefined)
  })

  it('is one that other libraries understand', async () => {
    const own = claims()
    const { payload, protectedHeader } = await jwtVerify(access.sign(own), new TextEncoder().encode(FIRST), {
      issuer: 'crypalgos',
      audience: 'crypalgos-api',
      currentDate: NOW,
    })
    assert.equal(payload.sub, own.userId)
    assert.equal(protectedHeader.kid, keyId(FIRST))
  })

  it('of one kind is not taken for the other, not even where both have one key', () => {
    assert.equal(access.verify(refresh.sign(claims()), NOW), undefined)
    assert.equal(refresh.verify(access.sign(claims()), NOW), undefined)
  })

  it('is signed by the algorithm of the settings, and by another is none', async () => {
    for (const algorithm of ['HS384', 'HS512'] as const) {
      const codec = createTokenCodec('access', algorithm, SECRETS)
      const own = claims()
      const token = codec.sign(own)
      assert.deepEqual(codec.verify(token, NOW), own)
      assert.equal(access.verify(token, NOW), undefined)
      assert.equal(codec.verify(access.sign(own), NOW), undefined)
      const key = new TextEncoder().encode(FIRST)
      const { protectedHeader } = await jwtVerify(token, key, { currentDate: NOW, algorithms: [algorithm] })
      assert.equal(protectedHeader.alg, algorithm)
    }
  })

  it('with another header is none, even with the right key', async () => {
    const payload = payloadOf(access.sign(claims()))
    const good = await forge(payload)
    assert.ok(access.verify(good, NOW))
    const headers = [
      { typ: 'JWT', kid: 'deadbeef' },
      { typ: 'JWT' },
      { kid: keyId(FIRST), typ: 'JWT' },
      { typ: 'JWT', kid: keyId(FIRST), x: 1 },
    ]
    for (const header of headers) assert.equal(access.verify(await forge(payload, header), NOW), undefined)
    for (const [header, hash] of [
      [{ alg: 'none' }, ''],
      [{ alg: 'none', typ: 'JWT', kid: keyId(FIRST) }, 'sha256'],
      [{ alg: 'HS512', typ: 'JWT', kid: keyId(FIRST) }, 'sha512'],
      [{ alg: 'HS384', typ: 'JWT', kid: keyId(FIRST) }, 'sha384'],
      [{ alg: 'HS256', typ: 'JWT', kid: keyId(FIRST), crit: ['x'] }, 'sha256'],
      [{ alg: 'HS256', typ: 'JWT', kid: keyId(FIRST), jwk: { kty: 'oct', k: '' } }, 'sha256'],
    ] as const) {
      const input = `${encode(header)}.${encode(payload)}`
      const signature = hash === '' ? '' : createHmac(hash, FIRST).update(input).digest('base64url')
      assert.equal(access.verify(`${input}.${signature}`, NOW), undefined, JSON.stringify(header))
    }
  })

  it('signed with a key that is another’s, or none, is none', async () => {
    const payload = payloadOf(access.sign(claims()))
    for (const secret of [SECOND, 'x'.repeat(40)]) {
      assert.equal(access.verify(await forge(payload, undefined, secret), NOW), undefined)
    }
    const input = `${encode({ alg: 'HS256', typ: 'JWT', kid: keyId(FIRST) })}.${encode(payload)}`
    const signature = createHmac('sha256', '').update(input).digest('base64url')
    assert.equal(access.verify(`${input}.${signature}`, NOW), undefined)
  })

  it('with claims that we never make is none, even with the right key', async () => {
    const payload = payloadOf(access.sign(claims()))
    const wrong: object[] = [
      ...['sub', 'sid', 'gen', 'iat', 'exp', 'iss', 'aud', 'typ'].flatMap((name) => [
        { ...payload, [name]: undefined },
        { ...payload, [name]: 'x' },
      ]),
      { ...payload, sub: 1 },
      { ...payload, sid: 1 },
      { ...payload, gen: 1.5 },
    ]
    const header = encode({ alg: 'HS256', typ: 'JWT', kid: keyId(FIRST) })
    for (const body of wrong) {
      const token = await forge(JSON.parse(JSON.stringify(body)))
      assert.equal(access.verify(token, NOW), undefined, JSON.stringify(body))
      assert.equal(token.split('.')[0], header)
    }
  })

  it('whose payload is no object is none, even with the right key', () => {
    for (const payload of ['null', '1', '"x"']) {
      const input = `${encode({ alg: 'HS256', typ: 'JWT', kid: keyId(FIRST) })}.${Buffer.from(payload).toString('base64url')}`
      const signature = createHmac('sha256', FIRST).update(input).digest('base64url')
      assert.equal(access.verify(`${input}.${signature}`, NOW), undefined)
    }
  })

  it('outlives a change of keys: the first signs, all verify, and what is left out is refused', () => {
    const older = createTokenCodec('access', 'HS256', [SECOND])
    const newer = createTokenCodec('access', 'HS256', [FIRST])
    const before = older.sign(claims())
    assert.ok(access.verify(before, NOW))
    assert.ok(newer.verify(access.sign(claims()), NOW))
    assert.equal(older.verify(access.sign(claims()), NOW), undefined)
    assert.equal(newer.verify(before, NOW), undefined)
    assert.throws(() => createTokenCodec('access', 'HS256', []), /no secret/)
  })
})
