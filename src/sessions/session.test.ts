import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeJwt } from 'jose'
import { readConfig } from '../platform/config.ts'
import { addSeconds, isRecentSignIn, sessionExpiry, tokenPair } from './session.ts'

const DAY = 86_400
const env = {
  APP_ENV: 'test',
  ACCESS_TOKEN_SECRET_KEY: 'access-secret-of-forty-characters-or-more',
  REFRESH_TOKEN_SECRET_KEY: 'refresh-secret-of-forty-characters-or-more',
}
const config = readConfig(env)
const START = new Date('2026-11-22T09:00:00.750Z')

/** A session as it stands after some refreshes, of which the last was so many seconds after it began. */
const anySession = fc
  .record({ id: fc.uuid(), user_id: fc.uuid(), generation: fc.nat(10_000), age: fc.nat(30 * DAY) })
  .map(({ age, ...ids }) => ({ ...ids, created_at: START, rotated_at: addSeconds(START, age) }))

describe('the pair of tokens', () => {
  it('is a function of the session alone: the same in another process, with the same secrets', () => {
    fc.assert(
      fc.property(anySession, (session) => {
        const elsewhere = readConfig({ ...env, PORT: '9000', MAX_SESSIONS_PER_USER: '9' })
        assert.deepEqual(tokenPair(elsewhere, { ...session }), tokenPair(config, session))
      }),
    )
  })

  it('is another one for every generation, session and user', () => {
    fc.assert(
      fc.property(anySession, fc.uuid(), (session, other) => {
        fc.pre(other !== session.id && other !== session.user_id)
        const changes = [{ generation: session.generation + 1 }, { id: other }, { user_id: other }]
        const pairs = [{}, ...changes].map((change) => tokenPair(config, { ...session, ...change }))
        assert.equal(new Set(pairs.map(({ accessToken }) => accessToken)).size, 4)
        assert.equal(new Set(pairs.map(({ refreshToken }) => refreshToken)).size, 4)
      }),
    )
  })

  it('lives 30 minutes, and 7 days but never longer than 30 days from the sign-in', () => {
    fc.assert(
      fc.property(anySession, (session) => {
        const pair = tokenPair(config, session)
        const access = decodeJwt(pair.accessToken)
        const refresh = decodeJwt(pair.refreshToken)
        const rotated = Math.floor(session.rotated_at.getTime() / 1000)
        const created = Math.floor(session.created_at.getTime() / 1000)
        assert.deepEqual([access.iat, refresh.iat], [rotated, rotated])
        assert.equal(access.exp, rotated + 1800)
        assert.equal(refresh.exp, Math.min(rotated + 7 * DAY, created + 30 * DAY))
        assert.equal(pair.accessExpiresAt.getTime(), rotated * 1000 + 1800_000)
        assert.equal(pair.refreshExpiresAt.getTime() / 1000, refresh.exp)
      }),
    )
  })

  it('holds no claims but those that are promised, and nothing of the person', () => {
    const session = { id: crypto.randomUUID(), user_id: crypto.randomUUID(), generation: 3 }
    const pair = tokenPair(config, { ...session, created_at: START, rotated_at: START })
    const claims = { sub: session.user_id, sid: session.id, gen: 3, iss: 'crypalgos', aud: 'crypalgos-api' }
    for (const [token, typ] of [
      [pair.accessToken, 'access'],
      [pair.refreshToken, 'refresh'],
    ] as const) {
      const { iat, exp, ...others } = decodeJwt(token)
      assert.deepEqual(others, { ...claims, typ })
      assert.ok(Number(iat) < Number(exp))
    }
  })

  it('lives as long as the settings say', () => {
    const settings = { ACCESS_TOKEN_EXPIRE_MINUTES: '5', REFRESH_TOKEN_EXPIRE_MINUTES: '60' }
    const session = { id: crypto.randomUUID(), user_id: crypto.randomUUID(), generation: 0 }
    const pair = tokenPair(readConfig({ ...env, ...settings }), {
      ...session,
      ...{ created_at: START, rotated_at: START },
    })
    const { iat, exp } = decodeJwt(pair.accessToken)
    assert.equal(Number(exp) - Number(iat), 300)
    assert.equal(pair.refreshExpiresAt.getTime() - pair.accessExpiresAt.getTime(), 55 * 60_000)
  })
})

describe('a session', () => {
  it('ends 7 days after it was refreshed last, and 30 after it began at the latest', () => {
    const after = (days: number) => sessionExpiry(config, START, addSeconds(START, days * DAY))
    assert.deepEqual(after(0), addSeconds(START, 7 * DAY))
    assert.deepEqual(after(22), addSeconds(START, 29 * DAY))
    assert.deepEqual(after(23), addSeconds(START, 30 * DAY))
    assert.deepEqual(after(29), addSeconds(START, 30 * DAY))
  })

  it('is a recent sign-in for 15 minutes', () => {
    const session = { authenticated_at: START }
    assert.equal(isRecentSignIn(session, START), true)
    assert.equal(isRecentSignIn(session, addSeconds(START, 900)), true)
    assert.equal(isRecentSignIn(session, addSeconds(START, 900.001)), false)
  })
})
