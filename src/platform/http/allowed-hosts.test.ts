import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../../test/app.ts'
import { rawRequest } from '../../../test/attacks/raw-request.ts'

const PAGES = ['/health', '/docs', '/openapi.json', '/dev/mailbox', '/api/v1/users/me', '/nothing']

let development: TestApp
let testing: TestApp
let production: TestApp
before(async () => {
  testing = await startTestApp({ withoutJobs: true })
  const env = { APP_ENV: 'development', HOST: 'Desk.Example', DEV_ALLOWED_HOSTS: 'api, 10.1.2.3' }
  development = await startTestApp({ sharing: testing, withoutJobs: true, env })
  production = await startTestApp({
    sharing: testing,
    withoutJobs: true,
    env: {
      APP_ENV: 'production',
      ACCESS_TOKEN_SECRET_KEY: 'k7Yw2Qn9Vx4Zt1Rb6Mc3Lp8Hd5Jf0GsA',
      REFRESH_TOKEN_SECRET_KEY: 'p3Ue8Ko1Ws6Nd9Xv4Bq7Tm2Yc5Zr0HjL',
      SMTP_URL: 'smtp://127.0.0.1:9',
      RESEND_FROM_EMAIL: 'accounts@crypalgos.example',
    },
  })
})
after(async () => {
  await production.close()
  await development.close()
  await testing.close()
})

async function ask(app: TestApp, path: string, headers: Record<string, string>): Promise<[number, string]> {
  const { status, body } = await rawRequest(`${app.url}${path}`, { method: 'GET', headers })
  return [status, body]
}

const OWN = [
  'localhost',
  'localhost:8000',
  'LOCALHOST.',
  'api.localhost:8000',
  '127.0.0.1:8000',
  '127.8.9.1',
  '[::1]:8000',
  'desk.example:8000',
  'api:8000',
  '10.1.2.3',
]
const FOREIGN = [
  'evil.example',
  'evil.example:8000',
  'localhost.evil.example',
  'evil-localhost',
  'notlocalhost',
  '127.0.0.1.evil.example',
  '127.0.0.1.nip.io',
  '1270.0.0.1',
  '10.1.2.30',
  'api.evil.example',
  'localhost:8000@evil.example',
  'evil.example#localhost',
  'localhost,evil.example',
  '[::2]',
  ' ',
]

describe('a development server', () => {
  it('answers under the names of this machine, its HOST and DEV_ALLOWED_HOSTS', async () => {
    for (const host of OWN) assert.equal((await ask(development, '/dev/mailbox', { host }))[0], 200, host)
  })

  it('refuses every other Host on every address, and says what to set', async () => {
    for (const host of FOREIGN) {
      const [status, body] = await ask(development, '/dev/mailbox', { host })
      assert.equal(status, 421, host)
      const { code, errors } = JSON.parse(body).api_error
      assert.equal(code, 'host_not_allowed')
      assert.match(errors.detail, /DEV_ALLOWED_HOSTS/)
    }
    for (const path of PAGES)
      assert.equal((await ask(development, path, { host: 'evil.example' }))[0], 421, path)
  })

  it('refuses a preflight and a request that changes something too', async () => {
    const headers = {
      host: 'evil.example',
      origin: 'http://evil.example',
      'access-control-request-method': 'POST',
    }
    const url = `${development.url}/api/v1/auth/login`
    assert.equal((await rawRequest(url, { method: 'OPTIONS', headers })).status, 421)
    assert.equal((await rawRequest(url, { method: 'POST', headers, body: '{}' })).status, 421)
  })
})

describe('the mailbox', () => {
  it('answers no foreign Host in tests either', async () => {
    assert.equal((await ask(testing, '/dev/mailbox/version', { host: 'evil.example' }))[0], 421)
    assert.equal((await ask(testing, '/health', { host: 'evil.example' }))[0], 200)
  })

  const SENDERS: [string, Record<string, string>, number][] = [
    ['a program', {}, 200],
    ['a page of its own', { 'sec-fetch-site': 'same-origin' }, 200],
    [
      'a page of its own that names itself',
      { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:8000' },
      200,
    ],
    ['a person who types its address', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 200],
    [
      'a person who follows a link',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      200,
    ],
    ['a page on the allow-list', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' }, 200],
    [
      'a frame of a foreign page',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
      403,
    ],
    ['a foreign page that embeds it', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['a page of another port', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, 403],
    ['a foreign origin', { origin: 'http://evil.example' }, 403],
    ['an opaque origin', { origin: 'null' }, 403],
    ['another port of this machine', { origin: 'http://localhost:8001' }, 403],
  ]
  for (const [who, headers, expected] of SENDERS) {
    it(`answers ${expected} to ${who}`, async () => {
      for (const path of ['/dev/mailbox', '/dev/mailbox/version', '/dev/mailbox/page.js']) {
        const [status] = await ask(development, path, { host: 'localhost:8000', ...headers })
        assert.equal(status, expected, path)
      }
    })
  }
})

describe('a production server', () => {
  it('leaves host names to the proxy', async () => {
    assert.equal((await ask(production, '/health', { host: 'api.example.com' }))[0], 200)
  })
})
