import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../test/app.ts'
import { type Answer, type Client, createClient } from '../test/client.ts'
import { logIn, PASSWORD, type SignedUp, signUp } from '../test/people.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

let app: TestApp
let person: SignedUp
let client: Client

function assertError(answer: Answer, status: number, code: string, message: string): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body))
  assert.match(answer.body.local_date_time, ISO_TIME)
  assert.equal(answer.data, null)
  assert.equal(answer.error.status_code, status)
  assert.equal(answer.error.code, code)
  assert.equal(answer.error.message, message)
  assert.match(answer.error.errors.detail, /^[A-Z].+\.$/)
  assert.equal(answer.error.request_id, answer.headers.get('x-request-id'))
}

before(async () => {
  app = await startTestApp()
  person = await signUp(app)
  client = createClient(app)
})

after(() => app.close())

describe('the envelope', () => {
  it('holds the data of a success, with the time in UTC and milliseconds', async () => {
    const { status, body } = await client.get('/users/me', { token: person.accessToken })
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(body), ['local_date_time', 'data', 'api_error'])
    assert.match(body.local_date_time, ISO_TIME)
    assert.equal(body.api_error, null)
    assert.equal(body.data.email, person.email)
  })

  it('holds the error of an unknown address: 404', async () => {
    for (const path of ['/nothing', '//nothing', '//', '//api', '/users/me/nothing']) {
      const answer = await client.post(path, {})
      if (path !== '//') assertError(answer, 404, 'not_found', 'Resource Not Found')
    }
  })

  it('answers 404 for an unknown address whatever the body holds', async () => {
    const answer = await client.request('POST', '/nothing', {
      rawBody: '{',
      headers: { 'content-type': 'text/plain' },
    })
    assertError(answer, 404, 'not_found', 'Resource Not Found')
  })

  it('names the allowed methods where a method is not: 405', async () => {
    const login = await client.get('/auth/login')
    assertError(login, 405, 'method_not_allowed', 'Method Not Allowed')
    assert.equal(login.headers.get('allow'), 'POST, OPTIONS')
    const me = await client.request('PATCH', '/users/me', { rawBody: '{', token: person.accessToken })
    assertError(me, 405, 'method_not_allowed', 'Method Not Allowed')
    assert.equal(me.headers.get('allow'), 'GET, HEAD, PUT, DELETE, OPTIONS')
    assert.equal(
      me.error.errors.detail,
      'This address does not answer PATCH; it answers GET, HEAD, PUT, DELETE, OPTIONS.',
    )
    for (const method of ['PROPFIND', 'QUERY', 'REPORT', 'PURGE']) {
      assertError(await client.request(method, '/users/me'), 405, 'method_not_allowed', 'Method Not Allowed')
    }
    const head = await client.request('HEAD', '/auth/login')
    assert.deepEqual([head.status, head.headers.get('allow')], [405, 'POST, OPTIONS'])
  })

  it('says that a body is too large: 413', async () => {
    const body = { identifier: 'ada', password: 'x'.repeat(100 * 1024) }
    assertError(await client.post('/auth/login', body), 413, 'payload_too_large', 'Payload Too Large')
    const large = { headers: { 'content-type': 'text/plain' }, rawBody: 'x'.repeat(10_000_000) }
    assertError(
      await client.request('POST', '/auth/login', large),
      413,
      'payload_too_large',
      'Payload Too Large',
    )
  })

  it('says that a body is no JSON by its type: 415', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/xml',
      'garbage',
      ';',
    ]) {
      const sent = { headers: { 'content-type': type }, rawBody: '{"identifier":"a","password":"b"}' }
      const answer = await client.request('POST', '/auth/login', sent)
      assertError(answer, 415, 'unsupported_media_type', 'Unsupported Media Type')
    }
    const toBodyless = await client.request('POST', '/sessions/cleanup', {
      headers: { 'content-type': 'text/plain' },
      rawBody: 'x',
      token: person.accessToken,
    })
    assertError(toBodyless, 415, 'unsupported_media_type', 'Unsupported Media Type')
  })

  it('says that a body is malformed JSON: 400', async () => {
    for (const rawBody of ['{', '{"identifier":}', 'nothing', ' ', '{"a":1}}', '\u{feff}{']) {
      const answer = await client.request('POST', '/auth/login', {
        headers: { 'content-type': 'application/json' },
        rawBody,
      })
      assertError(answer, 400, 'malformed_json', 'Invalid Operation')
    }
  })

  it('says that a body is not UTF-8: 400', async () => {
    const response = await fetch(`${app.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{"identifier":"ad\xff","password":"x"}', 'latin1'),
    })
    const { api_error: error } = JSON.parse(await response.text())
    assert.deepEqual([response.status, error.code], [400, 'malformed_json'])
    assert.equal(error.errors.detail, 'The body is not valid UTF-8.')
  })

  it('names every bad field at once: 422', async () => {
    const answer = await client.post('/auth/register', {
      name: 'A',
      email: 'nobody',
      username: 'a b',
      password: 7,
    })
    assertError(answer, 422, 'validation_failed', 'Validation Error')
    const { detail, ...fields } = answer.error.errors
    assert.deepEqual(fields, {
      name: 'must be at least 2 characters long',
      email: 'must be a valid e-mail address',
      username: 'may contain only letters, digits, dashes and underscores',
      password: 'must be a string',
    })
    assert.equal(
      detail,
      'The name must be at least 2 characters long. The e-mail address is not valid. The username may contain only letters, digits, dashes and underscores. The password must be a string.',
    )
  })

  it('says what is wrong with a malformed address: 400', async () => {
    const origin = 'http://localhost:3000'
    const answer = await createClient(app, { origin }).delete('/sessions/%zz')
    assertError(answer, 400, 'malformed_request', 'Invalid Operation')
    assert.equal(answer.headers.get('access-control-allow-origin'), origin)
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    assert.ok(
      app.logs.some((line) => line.includes(answer.error.request_id) && line.includes('"status":400')),
    )
  })

  it('has no more than an unknown id in one of thousands of characters: 404', async () => {
    const answer = await client.delete(`/sessions/${'a'.repeat(9_000)}`, { token: person.accessToken })
    assertError(answer, 404, 'session_not_found', 'Resource Not Found')
  })
})

describe('what a client sends', () => {
  it('finds the same path with and without a slash at the end', async () => {
    const token = person.accessToken
    for (const path of ['/users/me', '/sessions', '//health', '//docs']) {
      const without = await client.get(path, { token })
      const withSlash = await client.get(`${path}/`, { token })
      assert.equal(withSlash.status, 200, path)
      assert.deepEqual(withSlash.data, without.data)
    }
    assert.equal((await client.post('/auth/login/', { identifier: 'a' })).status, 422)
  })

  it('takes an empty body for none, whatever its type', async () => {
    const types = ['application/json', 'text/plain', 'garbage', 'multipart/form-data; boundary=x', ';;']
    for (const type of types) {
      const headers = { 'content-type': type }
      const logout = await client.request('POST', '/auth/logout', { headers, rawBody: '' })
      assert.equal(logout.status, 200, type)
      const login = await client.request('POST', '/auth/login', { headers, rawBody: '' })
      assert.deepEqual(Object.keys(login.error.errors), ['detail', 'identifier', 'password'])
      const stream = new Blob([]).stream()
      const chunked = await fetch(`${app.url}/api/v1/auth/logout`, {
        method: 'POST',
        headers,
        body: stream,
        duplex: 'half',
      })
      assert.equal(chunked.status, 200, `${type}, in chunks`)
    }
  })

  it('takes JSON by any spelling of its type, with a byte order mark too', async () => {
    for (const type of [
      'application/json; charset=utf-8',
      'Application/JSON',
      'application/json;charset="utf-8"',
    ]) {
      const rawBody = '\u{feff}{"username":"nobody-yet"}'
      const headers = { 'content-type': type }
      const answer = await client.request('POST', '/auth/check-username', { headers, rawBody })
      assert.equal(answer.status, 200, type)
    }
  })

  it('ignores unknown fields, however they are called', async () => {
    const rawBody = `{"__proto__":{"is_verified":false},"constructor":{"prototype":{"x":1}},"toString":1,
      "role":"admin","id":"x","identifier":"${person.email}","password":"${PASSWORD}"}`
    const headers = { 'content-type': 'application/json' }
    const answer = await client.request('POST', '/auth/login', { headers, rawBody })
    assert.equal(answer.status, 200)
    assert.equal(answer.data.user.id, person.id)
  })

  it('does not turn a wrong type into the right one', async () => {
    const token = person.accessToken
    for (const [field, value] of [
      ['name', 12],
      ['username', true],
      ['country_code', '44'],
      ['country_code', 4.5],
    ]) {
      const answer = await client.put('/users/me', { [String(field)]: value }, { token })
      assert.equal(answer.status, 422, String(field))
      assert.deepEqual(Object.keys(answer.error.errors), ['detail', field])
    }
    const list = await client.put('/users/me', ['name'], { token })
    assert.equal(list.error.errors.detail, 'The body must be an object.')
    const nothing = await client.request('PUT', '/users/me', {
      headers: { 'content-type': 'application/json' },
      rawBody: 'null',
      token,
    })
    assert.equal(nothing.error.errors.detail, 'The body must be an object.')
  })

  it('reads numbers and truth in a query, and says what is wrong with others', async () => {
    const token = person.accessToken
    const page = await client.get('/users/me/activity?page=1&limit=5', { token })
    assert.deepEqual([page.status, page.data.page, page.data.limit], [200, 1, 5])
    const wrong = await client.get('/users/me/activity?page=0&limit=many', { token })
    assertError(wrong, 422, 'validation_failed', 'Validation Error')
    assert.deepEqual(wrong.error.errors, {
      page: 'must be at least 1',
      limit: 'must be an integer',
      detail: 'The page must be at least 1. The limit must be an integer.',
    })
    assert.equal((await client.get('/users/me/activity?page=1&page=2', { token })).status, 422)
  })
})

describe('x-request-id', () => {
  it("is the caller's where it is sane, in the answer and in every log line of the request", async () => {
    const id = 'trace-1234.abc_DEF'
    const headers = { 'x-request-id': id }
    const answer = await client.post(
      '/auth/login',
      { identifier: person.email, password: 'wrong-one-9' },
      { headers },
    )
    assert.equal(answer.headers.get('x-request-id'), id)
    assert.equal(answer.error.request_id, id)
    const lines = app.logs.filter((line) => line.includes(id)).map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ msg, request_id }) => [msg, request_id]),
      [
        ['account event', id],
        ['request', id],
      ],
    )
  })

  it('is a new one where it is not', async () => {
    for (const id of ['', ' ', 'a b', '<script>', '-x', 'x'.repeat(129), 'a,b', 'ä']) {
      const answer = await client.get('//health', { headers: { 'x-request-id': id } })
      assert.match(answer.headers.get('x-request-id') ?? '', UUID, id)
    }
  })
})

describe('CORS', () => {
  const origin = 'http://localhost:3000'
  const names = [
    'allow-origin',
    'allow-credentials',
    'expose-headers',
    'allow-methods',
    'allow-headers',
    'max-age',
  ]
  const corsHeaders = ({ headers }: Answer) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = headers.get(`access-control-${name}`)
        return value === null ? [] : [[name, value]]
      }),
    )

  it('lets pages of the allow-list read every answer, errors too', async () => {
    const browser = createClient(app, { origin })
    const answers = [
      await browser.get('//health'),
      await browser.get('/users/me'),
      await browser.get('/nothing'),
      await browser.get('/auth/login'),
      await browser.post('/auth/login', {}),
      await browser.request('POST', '/auth/login', { rawBody: 'x' }),
      await browser.get('//openapi.json'),
    ]
    for (const answer of answers) {
      assert.deepEqual(corsHeaders(answer), {
        'allow-origin': origin,
        'allow-credentials': 'true',
        'expose-headers': 'retry-after, x-request-id',
      })
      assert.match(answer.headers.get('vary') ?? '', /origin/i)
    }
  })

  it('answers preflights on any path', async () => {
    const headers = {
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization, content-type',
    }
    for (const path of ['/users/me', '/auth/login', '/nothing']) {
      const answer = await createClient(app, { origin }).request('OPTIONS', path, { headers })
      assert.equal(answer.status, 204)
      assert.deepEqual(corsHeaders(answer), {
        'allow-origin': origin,
        'allow-credentials': 'true',
        'allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        'allow-headers': 'authorization, content-type',
        'max-age': '600',
      })
    }
    const plain = await createClient(app, { origin }).request('OPTIONS', '/users/me', {
      headers: { 'access-control-request-method': 'GET' },
    })
    assert.equal(plain.headers.get('access-control-allow-headers'), null)
  })

  it('tells other origins nothing', async () => {
    const headers = { 'access-control-request-method': 'POST' }
    for (const foreign of [
      'https://evil.example',
      'null',
      'http://localhost:3000.evil.example',
      'http://LOCALHOST:3000',
    ]) {
      const browser = createClient(app, { origin: foreign })
      assert.deepEqual(corsHeaders(await browser.get('//health')), {})
      assert.deepEqual(corsHeaders(await browser.request('OPTIONS', '/auth/login', { headers })), {})
    }
    assert.deepEqual(corsHeaders(await client.get('//health')), {})
  })
})

describe('other methods', () => {
  it('answers OPTIONS with what an address takes', async () => {
    const answer = await client.request('OPTIONS', '/sessions')
    assert.deepEqual([answer.status, answer.headers.get('allow')], [204, 'GET, HEAD, DELETE, OPTIONS'])
    assert.equal((await client.request('OPTIONS', '/nothing')).status, 404)
  })

  it('answers HEAD like GET without the body', async () => {
    const answer = await client.request('HEAD', '/users/me', { token: person.accessToken })
    assert.deepEqual([answer.status, answer.body], [200, ''])
    assert.equal((await client.request('HEAD', '/users/me')).status, 401)
  })
})

describe('security headers', () => {
  it('are on every answer', async () => {
    const answers = [
      await client.get('//'),
      await client.get('/nothing'),
      await client.get('/auth/login'),
      await client.request('OPTIONS', '/users/me'),
    ]
    for (const { headers } of answers) {
      assert.equal(headers.get('content-security-policy'), "default-src 'none';frame-ancestors 'none'")
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('x-frame-options'), 'SAMEORIGIN')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.match(headers.get('strict-transport-security') ?? '', /^max-age=\d{8}/)
      assert.equal(headers.get('x-powered-by'), null)
    }
  })

  it('let the documentation run its own programs only', async () => {
    for (const path of ['//docs', '//redoc']) {
      const { status, headers } = await client.get(path)
      assert.equal(status, 200)
      assert.match(
        headers.get('content-security-policy') ?? '',
        /script-src 'self';style-src 'self' 'unsafe-inline'/,
      )
    }
  })
})

describe('the documentation', () => {
  it('is served with all that it loads', async () => {
    for (const path of ['//docs', '//redoc']) {
      const { body } = await client.get(path)
      const loaded = [...String(body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => String(url))
      assert.ok(loaded.length > 0)
      for (const url of loaded) {
        const { pathname, host } = new URL(url, `${app.url}${path.slice(1)}/`)
        assert.equal(host, new URL(app.url).host)
        assert.equal((await client.get(`/${pathname}`)).status, 200, pathname)
      }
    }
    const { body } = await client.get('//openapi.json')
    assert.equal(body.openapi, '3.1.0')
  })

  it('answers in the envelope what it does not have, and what it cannot do', async () => {
    const script = '//docs/static/swagger-ui-bundle.js'
    assertError(await client.get('//redoc/assets/package.json'), 404, 'not_found', 'Resource Not Found')
    assertError(await client.get('//docs/static/nothing.js'), 404, 'not_found', 'Resource Not Found')
    assertError(await client.post(script, {}), 405, 'method_not_allowed', 'Method Not Allowed')
    // Documents are sent whole.
    assert.equal((await client.get(script, { headers: { range: 'bytes=999999999-' } })).status, 200)
  })
})

describe('the log', () => {
  it('has one line for each request: who, from where, which route, what came of it', async () => {
    const headers = { 'x-request-id': 'one-line' }
    await client.delete('/sessions/01a20575-fd08-7f42-b0a3-69b4f86e5c8d?secret=1', {
      headers,
      token: person.accessToken,
    })
    const lines = app.logs.filter((line) => line.includes('one-line')).map((line) => JSON.parse(line))
    assert.equal(lines.length, 1)
    const { level, method, route, status, ip, user_id, code, msg, ms } = lines[0]
    assert.deepEqual(
      { level, method, route, status, ip, user_id, code, msg },
      {
        level: 'warn',
        method: 'DELETE',
        route: '/api/v1/sessions/:session_id',
        status: 404,
        ip: client.ip,
        user_id: person.id,
        code: 'session_not_found',
        msg: 'request',
      },
    )
    assert.equal(typeof ms, 'number')
  })

  it('never holds a password, a token, a code or a whole address', async () => {
    const answer = await logIn(app, person)
    await client.post('/auth/refresh', { refresh_token: answer.data.refresh_token })
    await client.get('/users/me', { token: 'eyJhbGciOiJub25lIn0.e30.x' })
    const all = app.logs.join('\n')
    const secrets = [
      PASSWORD,
      person.accessToken,
      person.refreshToken,
      answer.data.refresh_token,
      person.email,
    ]
    for (const secret of secrets) assert.ok(!all.includes(secret))
  })

  it('has no line for the probes', async () => {
    for (const path of ['//health', '//health/ready', '//metrics']) {
      const headers = { 'x-request-id': `probe${path.replaceAll('/', '.')}` }
      await client.get(path, { headers })
      assert.ok(!app.logs.some((line) => line.includes(headers['x-request-id'])))
    }
  })
})
