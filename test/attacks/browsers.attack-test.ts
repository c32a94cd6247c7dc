import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClient } from '../client.ts'
import { logIn, makePerson, OTHER_PASSWORD, type Person, signUp } from '../people.ts'
import { isAlive, useInstances } from './instances.ts'

const ALLOWED = 'http://localhost:3000'
const instances = useInstances()

/** Somebody signed in with a browser, and what this browser sends along. */
async function inBrowser() {
  const person = await signUp(instances.app)
  const { data, setCookies } = await logIn(instances.app, person)
  const cookie = Object.values(setCookies)
    .map((line) => line.split(';')[0])
    .join('; ')
  return { ...person, token: String(data.access_token), cookie }
}

type Forged = { method: string; path: string; body?: unknown }

const REQUESTS = (person: Person): Forged[] => [
  { method: 'POST', path: '/auth/refresh' },
  { method: 'POST', path: '/auth/refresh', body: {} },
  { method: 'POST', path: '/auth/logout' },
  { method: 'POST', path: '/auth/reauthenticate', body: { password: person.password } },
  { method: 'PUT', path: '/users/me', body: { name: 'Eve Black' } },
  { method: 'PUT', path: '/users/me', body: { email: makePerson().email } },
  {
    method: 'PUT',
    path: '/users/me/password',
    body: { current_password: person.password, new_password: OTHER_PASSWORD },
  },
  { method: 'POST', path: '/users/me/verify-email', body: { verification_code: '123456' } },
  { method: 'POST', path: '/sessions/cleanup' },
  { method: 'DELETE', path: '/sessions' },
  { method: 'DELETE', path: '/users/me' },
]

const FOREIGN: [string, Record<string, string>][] = [
  ['a foreign Origin', { origin: 'https://evil.example' }],
  ['no Origin', {}],
  ['the Origin null', { origin: 'null' }],
  ['an Origin that begins as an allowed one', { origin: `${ALLOWED}.evil.example` }],
  ['another port of an allowed Origin', { origin: 'http://localhost:3001' }],
  ['another scheme of an allowed Origin', { origin: 'https://localhost:3000' }],
  ['an allowed Origin in upper case', { origin: ALLOWED.toUpperCase() }],
  ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }],
  ['a same-site fetch of a sibling', { 'sec-fetch-site': 'same-site' }],
  ['only a Referer', { referer: `${ALLOWED}/` }],
]

describe('19. a page of another site acts as the user whose browser shows it', () => {
  for (const [name, headers] of FOREIGN) {
    it(`with ${name}`, async () => {
      const victim = await inBrowser()
      for (const { method, path, body } of REQUESTS(victim)) {
        const sent = { body, headers: { ...headers, cookie: victim.cookie } }
        const { status, error } = await createClient(instances.app).request(method, path, sent)
        assert.deepEqual([status, error?.code], [403, 'csrf_rejected'], `${method} ${path}`)
      }
      await unharmed(victim)
    })
  }

  it('with a form, which can send text but no JSON', async () => {
    const victim = await inBrowser()
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      undefined,
    ]
    for (const type of types) {
      for (const origin of ['https://evil.example', ALLOWED]) {
        for (const { method, path, body } of REQUESTS(victim).filter(
          (request) => request.body !== undefined,
        )) {
          const rawBody = `${JSON.stringify(body)} `
          // Without a type fetch names one itself.
          const headers = {
            origin,
            cookie: victim.cookie,
            ...(type === undefined ? {} : { 'content-type': type }),
          }
          const { status } = await createClient(instances.app).request(method, path, { rawBody, headers })
          assert.ok(status === 415 || (status === 403 && origin !== ALLOWED), `${type} ${path}: ${status}`)
        }
      }
    }
    await unharmed(victim)
  })

  it('though an allowed page and a bearer may', async () => {
    const victim = await inBrowser()
    const cleanup = (headers: Record<string, string>) =>
      createClient(instances.app).post('/sessions/cleanup', undefined, { headers })
    assert.equal((await cleanup({ cookie: victim.cookie, origin: ALLOWED })).status, 200)
    assert.equal((await cleanup({ cookie: victim.cookie, 'sec-fetch-site': 'same-origin' })).status, 200)
    const authorization = `Bearer ${victim.token}`
    assert.equal((await cleanup({ authorization })).status, 200)
    assert.equal((await cleanup({ authorization, origin: 'https://evil.example' })).status, 200)
  })

  it('nor may it read an answer: no foreign origin is allowed to', async () => {
    const victim = await inBrowser()
    for (const origin of ['https://evil.example', 'null', `${ALLOWED}.evil.example`]) {
      const { headers } = await createClient(instances.app).get('/users/me', {
        headers: { origin, cookie: victim.cookie },
      })
      assert.notEqual(headers.get('access-control-allow-origin'), origin)
      assert.notEqual(headers.get('access-control-allow-origin'), '*')
    }
  })
})

async function unharmed(victim: Awaited<ReturnType<typeof inBrowser>>): Promise<void> {
  assert.ok(await isAlive(instances.twin, victim.token))
  const { data } = await createClient(instances.app).get('/users/me', { token: victim.token })
  assert.deepEqual([data.name, data.email, data.pending_email], [victim.name, victim.email, undefined])
  assert.equal((await logIn(instances.app, victim)).status, 200)
}
