import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type HashingPool, openHashingPool } from '../../src/platform/hashing/hashing-pool.ts'
import { createClient } from '../client.ts'
import { logIn, makePerson, signUp } from '../people.ts'
import { useInstances } from './instances.ts'
import { rawRequest } from './raw-request.ts'

const pool = openHashingPool()
/** What was asked of the hashing threads. */
const tasks: string[] = []
const hashing: HashingPool = {
  ...pool,
  queueSize: 0,
  hash(password) {
    tasks.push('hash')
    return pool.hash(password)
  },
  verify(password, hash) {
    tasks.push('verify')
    return pool.verify(password, hash)
  },
  strength(password, inputs) {
    tasks.push('strength')
    return pool.strength(password, inputs)
  },
}
const instances = useInstances({ hashing })

describe('16. a client sets fields of its account that are not its to set', () => {
  const UNTOUCHED = ['id', 'email', 'is_verified', 'created_at', 'username', 'name']

  it('by sending them to PUT /users/me, beside others, nested, twice or by the prototype', async () => {
    const person = await signUp(instances.app)
    const other = await signUp(instances.app)
    const get = async () => {
      const { data } = await createClient(instances.twin).get('/users/me', { token: person.accessToken })
      return data
    }
    const before = await get()
    const evil = {
      id: other.id,
      is_verified: false,
      password: 'eve-was-here-42-times',
      password_hash: 'x',
      role: 'admin',
      is_admin: true,
      created_at: '2001-01-01T00:00:00.000Z',
      updated_at: '2001-01-01T00:00:00.000Z',
      pending_email: other.email,
      user_id: other.id,
      has_signed_in: false,
    }
    const bodies = [
      JSON.stringify(evil),
      JSON.stringify({ ...evil, country_code: 44 }),
      JSON.stringify({ user: evil, data: evil, $set: evil }),
      `{"__proto__":${JSON.stringify(evil)},"phone":"12345"}`,
      `{"constructor":{"prototype":${JSON.stringify(evil)}},"phone":"123456"}`,
      `{"country_code":1,"is_verified":false,"is_verified":true,"id":"${other.id}","id":"${person.id}"}`,
      `{"phone":"1234567","__proto__":{"name":"Eve"},"__proto__":{"name":"Eve Black"}}`,
      `{"users.id":"${other.id}","users":{"id":"${other.id}"},"id[]":"${other.id}"}`,
    ]
    for (const rawBody of bodies) {
      const { status } = await createClient(instances.app).request('PUT', '/users/me', {
        rawBody,
        headers: { 'content-type': 'application/json' },
        token: person.accessToken,
      })
      assert.ok(status === 200 || status === 400 || status === 422, `${status}: ${rawBody}`)
      const now = await get()
      for (const field of UNTOUCHED) assert.equal(now[field], before[field], `${field}: ${rawBody}`)
      assert.ok(!('role' in now) && !('pending_email' in now))
    }
    assert.equal((await logIn(instances.app, person)).status, 200)
    assert.equal((await logIn(instances.app, other)).data.user.id, other.id)
    assert.ok(!('is_verified' in Object.prototype))
  })

  it('by sending them to register', async () => {
    const person = makePerson()
    const evil = { ...person, id: '01a20575-fd08-7f42-b0a3-69b4f86e5c8d', is_verified: true, role: 'admin' }
    const { data } = await createClient(instances.app).post('/auth/register', evil)
    assert.equal(data.user.is_verified, false)
    assert.notEqual(data.user.id, evil.id)
    assert.equal((await logIn(instances.app, person)).status, 401)
  })
})

describe('20. a malformed request breaks the service, or makes it work for nothing', () => {
  const json = { 'content-type': 'application/json' }

  it('a malformed Authorization header', async () => {
    const schemes = [
      'Bearer',
      'Bearer ',
      'Bearer a b',
      'Bearer \t',
      'bearer x.y.z',
      'Bearer ..',
      ',',
      'Bearer é',
    ]
    for (const authorization of [...schemes, `Bearer ${'x'.repeat(9_000)}`, `Bearer ${'a.'.repeat(2_000)}`]) {
      const headers = { authorization: Buffer.from(authorization).toString('latin1') }
      const { status } = await rawRequest(`${instances.app.url}/api/v1/users/me`, { method: 'GET', headers })
      assert.equal(status, 401, authorization.slice(0, 20))
    }
    const large = { authorization: `Bearer ${'x'.repeat(100_000)}` }
    const { status } = await rawRequest(`${instances.app.url}/api/v1/users/me`, {
      method: 'GET',
      headers: large,
    })
    assert.equal(status, 431)
  })

  const TEXTS: [string, string][] = [
    ['a NUL byte', 'violet\0tangent-9'],
    ['a lone surrogate', 'violet-tangent-\ud800'],
    ['a password of a megabyte', 'x'.repeat(1_000_000)],
    ['a password of 90 kB', 'x'.repeat(90_000)],
    ['an endless combining sequence', `e${'\u0301'.repeat(30_000)}`],
  ]
  for (const [name, text] of TEXTS) {
    it(`${name}, wherever a text can be`, async () => {
      const person = await signUp(instances.app)
      tasks.length = 0
      const bodies: [string, string, object][] = [
        ['POST', '/auth/login', { identifier: person.email, password: text }],
        ['POST', '/auth/login', { identifier: text, password: person.password }],
        ['POST', '/auth/register', makePerson({ password: text })],
        ['POST', '/auth/register', makePerson({ name: text })],
        ['POST', '/auth/register', makePerson({ username: text })],
        ['POST', '/auth/verify', { identifier: text, verification_code: '123456' }],
        ['POST', '/auth/verify', { identifier: person.email, verification_code: text }],
        ['POST', '/auth/forgot-password', { identifier: text }],
        ['POST', '/auth/reset-password', { identifier: 'x', verification_code: '1', new_password: text }],
        ['POST', '/auth/refresh', { refresh_token: text }],
        ['POST', '/auth/reauthenticate', { password: text }],
        ['PUT', '/users/me', { name: text }],
        ['PUT', '/users/me', { phone: text }],
        ['PUT', '/users/me/password', { current_password: text, new_password: 'copper-lantern-4' }],
      ]
      for (const [method, path, body] of bodies) {
        const sent = { body, token: person.accessToken }
        const { status, error } = await createClient(instances.app).request(method, path, sent)
        assert.ok([400, 413, 422].includes(status), `${path}: ${status}`)
        assert.equal(error.status_code, status)
      }
      assert.deepEqual(tasks, [], 'something was hashed')
      assert.equal((await logIn(instances.app, person)).status, 200)
    })
  }

  it('a body of ten megabytes, deep JSON, or no JSON', async () => {
    const person = await signUp(instances.app)
    tasks.length = 0
    const deep = 40_000
    const bodies: [string, number][] = [
      [`{"identifier":"a","password":"${'x'.repeat(10_000_000)}"}`, 413],
      [`${'['.repeat(deep)}${']'.repeat(deep)}`, 422],
      [`${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}`, 422],
      ['['.repeat(deep), 400],
      ['{"identifier":', 400],
      ['\0', 400],
      ['', 422],
      ['null', 422],
    ]
    for (const [body, expected] of bodies) {
      for (const path of ['auth/login', 'auth/register', 'auth/reset-password']) {
        const answer = await rawRequest(`${instances.app.url}/api/v1/${path}`, {
          headers: { ...json, 'x-forwarded-for': createClient(instances.app).ip },
          body,
        })
        assert.equal(answer.status, expected, `${path}: ${body.slice(0, 30)}`)
        assert.equal(JSON.parse(answer.body).api_error.status_code, expected)
      }
    }
    assert.deepEqual(tasks, [], 'something was hashed')
    assert.equal((await logIn(instances.app, person)).status, 200)
  })
})
