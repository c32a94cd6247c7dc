import assert from 'node:assert/strict'
import { createHash, createHmac, randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import { type Answer, createClient } from '../client.ts'
import { logIn, OTHER_PASSWORD, readCode, type SignedUp, signUp } from '../people.ts'
import { isAlive, useInstances } from './instances.ts'

const instances = useInstances()

type Json = Record<string, unknown>

const encode = (value: Json) => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (part = ''): Json => JSON.parse(Buffer.from(part, 'base64url').toString())

function parts(token: string): { header: Json; claims: Json; signature: string } {
  const [header, claims, signature = ''] = token.split('.')
  return { header: decode(header), claims: decode(claims), signature }
}

function signed(header: Json, claims: Json, secret: string, hash = 'sha256'): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`
}

/** Tokens that an attacker can make of a good one without the secret, or with it and a trick. */
function forgeries(token: string, secret: string): Record<string, string> {
  const { header, claims, signature } = parts(token)
  const [head = '', body = ''] = token.split('.')
  const otherKid = createHash('sha256').update('guess').digest('hex').slice(0, 8)
  return {
    'alg none, no signature': `${encode({ ...header, alg: 'none' })}.${body}.`,
    'alg none, old signature': `${encode({ ...header, alg: 'None' })}.${body}.${signature}`,
    'another algorithm': signed({ ...header, alg: 'HS512' }, claims, secret, 'sha512'),
    'an asymmetric algorithm': signed({ ...header, alg: 'RS256' }, claims, secret),
    'a lower case algorithm': signed({ ...header, alg: 'hs256' }, claims, secret),
    'an unknown kid': signed({ ...header, kid: otherKid }, claims, 'guess'),
    'an unknown kid, right secret': signed({ ...header, kid: otherKid }, claims, secret),
    'no kid': signed({ alg: 'HS256', typ: 'JWT' }, claims, secret),
    'a kid of the prototype': signed({ ...header, kid: '__proto__' }, claims, ''),
    'a path as kid': signed({ ...header, kid: '../../../dev/null' }, claims, ''),
    'a critical extension': signed({ ...header, crit: ['exp'], exp: 1 }, claims, secret),
    'a key in the header': signed({ ...header, jwk: { kty: 'oct', k: 'Z3Vlc3M' } }, claims, 'guess'),
    'changed claims': `${head}.${encode({ ...claims, exp: 9_999_999_999 })}.${signature}`,
    'an empty secret': signed(header, claims, ''),
    'another type': signed(header, { ...claims, typ: 'admin' }, secret),
    'another audience': signed(header, { ...claims, aud: 'elsewhere' }, secret),
    'another issuer': signed(header, { ...claims, iss: 'elsewhere' }, secret),
    'a fourth part': `${token}.${signature}`,
    'a cut signature': token.slice(0, -4),
    'no signature': `${head}.${body}`,
    expired: signed(header, { ...claims, exp: Number(claims.iat) - 1 }, secret),
  }
}

const refresh = (token: string) => createClient(instances.app).post('/auth/refresh', { refresh_token: token })

async function statuses(token: string): Promise<[bearer: number, cookie: number, refresh: number]> {
  const bearer = await createClient(instances.app).get('/users/me', { token })
  const cookie = await createClient(instances.twin).get('/users/me', {
    headers: { cookie: `access_token=${token}` },
  })
  return [bearer.status, cookie.status, (await refresh(token)).status]
}

describe('8. a token opens what it was not signed for', () => {
  it('a refresh token as bearer, an access token at refresh', async () => {
    const person = await signUp(instances.app)
    assert.equal(
      (await createClient(instances.app).get('/users/me', { token: person.refreshToken })).status,
      401,
    )
    const { status, error } = await refresh(person.accessToken)
    assert.deepEqual([status, error.code], [400, 'invalid_token'])
    // With the kind changed, but the secret of its own.
    const [secret = ''] = instances.app.config.tokens.refreshSecrets
    const { header, claims } = parts(person.refreshToken)
    const disguised = signed(header, { ...claims, typ: 'access' }, secret)
    assert.deepEqual(await statuses(disguised), [401, 401, 400])
  })

  it('a token with another algorithm, key, header or claim', async () => {
    const person = await signUp(instances.app)
    const { accessSecrets, refreshSecrets } = instances.app.config.tokens
    for (const [name, token] of Object.entries(forgeries(person.accessToken, accessSecrets[0] ?? ''))) {
      assert.deepEqual(await statuses(token), [401, 401, 400], name)
    }
    for (const [name, token] of Object.entries(forgeries(person.refreshToken, refreshSecrets[0] ?? ''))) {
      assert.deepEqual(await statuses(token), [401, 401, 400], name)
    }
    assert.ok(await isAlive(instances.app, person.accessToken))
    assert.equal((await refresh(person.refreshToken)).status, 200)
  })

  it('a token of a dead session, of a deleted user, or of another user’s session', async () => {
    const [person, other] = [await signUp(instances.app), await signUp(instances.app)]
    const { data } = await logIn(instances.app, person)
    await createClient(instances.app).post('/auth/logout', undefined, { token: data.access_token })
    assert.deepEqual(await statuses(data.access_token), [401, 401, 400])
    assert.equal((await refresh(data.refresh_token)).status, 400)
    const [secret = ''] = instances.app.config.tokens.accessSecrets
    const mine = parts(person.accessToken)
    const mixed = signed(mine.header, { ...mine.claims, sub: parts(other.accessToken).claims.sub }, secret)
    assert.deepEqual(await statuses(mixed), [401, 401, 400])
    const made = signed(mine.header, { ...mine.claims, sid: randomUUID() }, secret)
    assert.deepEqual(await statuses(made), [401, 401, 400])
    const gone = await createClient(instances.app).delete('/users/me', { token: other.accessToken })
    assert.equal(gone.status, 200)
    assert.deepEqual(await statuses(other.accessToken), [401, 401, 400])
    assert.equal((await refresh(other.refreshToken)).status, 400)
  })
})

describe('9. an access token lives on after its session ended', () => {
  const endings: [string, (person: SignedUp, token: string) => Promise<Answer>][] = [
    ['logout', (_, token) => createClient(instances.app).post('/auth/logout', undefined, { token })],
    [
      'revocation of this session',
      async (person, token) => {
        const { sid } = parts(token).claims
        return createClient(instances.app).delete(`/sessions/${sid}`, { token: person.accessToken })
      },
    ],
    [
      'revocation of all others',
      (person) =>
        createClient(instances.app).delete('/sessions?keep_current=true', { token: person.accessToken }),
    ],
    [
      'a change of the password elsewhere',
      (person) =>
        createClient(instances.app).put(
          '/users/me/password',
          { current_password: person.password, new_password: OTHER_PASSWORD },
          { token: person.accessToken },
        ),
    ],
    [
      'a reset of the password',
      async ({ email }) => {
        const client = createClient(instances.app)
        instances.app.clock.advance(1)
        await client.post('/auth/forgot-password', { identifier: email })
        const verification_code = await readCode(instances.app, email)
        return client.post('/auth/reset-password', {
          identifier: email,
          verification_code,
          new_password: OTHER_PASSWORD,
        })
      },
    ],
    [
      'deletion of the account',
      (person) => createClient(instances.app).delete('/users/me', { token: person.accessToken }),
    ],
  ]
  for (const [name, end] of endings) {
    it(`by ${name}: the other instance refuses it at once`, async () => {
      const person = await signUp(instances.app)
      const { data } = await logIn(instances.app, person)
      assert.ok(await isAlive(instances.twin, data.access_token))
      assert.equal((await end(person, data.access_token)).status, 200)
      const on = createClient(instances.twin)
      for (const path of ['/users/me', '/sessions', '/users/me/activity']) {
        assert.equal((await on.get(path, { token: data.access_token })).status, 401, path)
      }
      const deleted = await on.delete('/users/me', { token: data.access_token })
      assert.equal(deleted.status, 401)
      assert.equal((await on.post('/auth/refresh', { refresh_token: data.refresh_token })).status, 400)
    })
  }
})

describe('18. an id tells whether it is somebody’s session', () => {
  it('a foreign one is answered exactly as one that does not exist, and goes on', async () => {
    const [person, other] = [await signUp(instances.app), await signUp(instances.app)]
    const remove = (id: unknown) => person.client.delete(`/sessions/${id}`, { token: person.accessToken })
    const told = ({ status, headers, error }: Answer) => ({
      status,
      headers: [...headers.keys()].sort(),
      error: { ...error, request_id: '' },
    })
    const foreign = parts(other.accessToken).claims.sid
    const unknown = told(await remove(randomUUID()))
    assert.equal(unknown.status, 404)
    assert.deepEqual(told(await remove(foreign)), unknown)
    assert.deepEqual(told(await remove(String(foreign).toUpperCase())), unknown)
    assert.deepEqual(told(await remove('not-an-id')), unknown)
    assert.ok(await isAlive(instances.twin, other.accessToken))
  })
})
