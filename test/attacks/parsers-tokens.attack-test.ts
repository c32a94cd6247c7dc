import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createTokenCodec, type TokenClaims } from '../../src/sessions/token.ts'
import { createClient } from '../client.ts'
import { signUp } from '../people.ts'
import { useInstances } from './instances.ts'
import { isLong } from './long.ts'
import { check, checkAsync } from './parsers/check.ts'
import { changed } from './parsers/texts.ts'

const SECRET_ID = '01a20575-fd08-7f42-b0a3-69b4f86e5c8d'
const instances = useInstances()

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
