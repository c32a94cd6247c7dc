import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../../test/app.ts'
import { type Answer, type Client, createClient } from '../../../test/client.ts'
import { logIn, makePerson, type SignedUp, signUp } from '../../../test/people.ts'
import { PRODUCTION } from '../../../test/programs.ts'
import { startTcpProxy, type TcpProxy } from '../../../test/tcp-proxy.ts'
import { VERSION } from '../../version.ts'

let app: TestApp
/** Another instance of the service whose way to the database can be cut. */
let distant: TestApp
let way: TcpProxy
let person: SignedUp

before(async () => {
  app = await startTestApp()
  way = await startTcpProxy(app.database.url)
  distant = await startTestApp({
    sharing: app,
    withoutJobs: true,
    env: { DATABASE_URL: way.through(app.database.url) },
  })
  person = await signUp(app)
})

after(async () => {
  await distant.close()
  await way.close()
  await app.close()
})

function assertUnavailable(answer: Answer): void {
  assert.equal(answer.status, 503, JSON.stringify(answer.body))
  assert.deepEqual([answer.error.code, answer.error.message], ['service_unavailable', 'Service Unavailable'])
  assert.equal(answer.headers.get('retry-after'), '5')
  assert.doesNotMatch(JSON.stringify(answer.body), /ECONN|terminated|postgres|select|127\.0\.0\.1/i)
}

describe('what operators ask', () => {
  const get = (path: string) => createClient(app).get(`/${path}`)

  it('is answered with the name, the version and where everything is', async () => {
    const { status, body } = await get('/')
    assert.equal(status, 200)
    assert.deepEqual([body.name, body.version], ['CrypAlgos API', VERSION])
    for (const path of Object.values<string>(body.links)) {
      assert.equal((await get(path)).status, path === '/api/v1' ? 404 : 200, path)
    }
  })

  it('is whether the process answers, and whether it can serve', async () => {
    const health = await get('/health')
    assert.equal(health.status, 200)
    const { uptime_seconds: uptime, ...rest } = health.body
    assert.deepEqual(rest, { status: 'healthy', message: 'API is running', version: VERSION })
    assert.ok(Number.isInteger(uptime) && uptime >= 0)
    const ready = await get('/health/ready')
    assert.deepEqual([ready.status, ready.body.message], [200, 'API is ready'])
  })

  it('is what was counted, by route and never by what was typed', async () => {
    const typed = '/api/v1/sessions/typed-by-somebody'
    await createClient(app).delete('/sessions/typed-by-somebody', { token: person.accessToken })
    await get('/typed-by-somebody-too')
    await logIn(app, { ...person, password: 'wrong-one-9' })
    const { headers, body } = await get('/metrics')
    assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    const lines: string[] = body.split('\n')
    const has = (pattern: RegExp) =>
      assert.ok(
        lines.some((line) => pattern.test(line)),
        String(pattern),
      )
    has(/^http_requests_total\{method="DELETE",route="\/api\/v1\/sessions\/:session_id",status="404"\} 1$/)
    has(/^http_requests_total\{method="GET",route="unmatched",status="404"\} \d+$/)
    has(
      /^http_request_duration_seconds_bucket\{le="0\.005",method="POST",route="\/api\/v1\/auth\/login"\} \d+$/,
    )
    has(/^account_events_total\{event="login",outcome="failure"\} 1$/)
    has(/^database_pool_connections\{state="idle"\} \d+$/)
    has(/^hashing_queue\{state="waiting"\} 0$/)
    has(/^jobs\{state="\w+"\} \d+$/)
    has(/^nodejs_eventloop_lag_seconds \d/)
    assert.ok(!body.includes(typed) && !body.includes('typed-by-somebody'))
  })
})

describe('production', () => {
  it('has no mailbox, says so, and trusts no page of a development server', async () => {
    const env = { ...PRODUCTION, MAIL_TRANSPORT: 'smtp', SMTP_URL: 'smtp://127.0.0.1:1' }
    const production = await startTestApp({ sharing: app, withoutJobs: true, env })
    const browser = createClient(production, { origin: 'http://localhost:3000' })
    const { body, headers } = await browser.get('//')
    assert.equal(body.links.mailbox, undefined)
    assert.equal(headers.get('access-control-allow-origin'), null)
    assert.equal((await browser.get('//dev/mailbox')).error.code, 'not_found')
    await production.close()
  })
})

describe('a database that is away', () => {
  it('makes every request that needs it a 503 with the time to wait, and the next ones work again', async () => {
    const client: Client = createClient(distant)
    const token = person.accessToken
    assert.equal((await client.get('/users/me', { token })).status, 200)
    await way.cut()
    assertUnavailable(await client.get('//health/ready'))
    assertUnavailable(await client.get('/users/me', { token }))
    assertUnavailable(await client.get('/sessions', { token }))
    assertUnavailable(await logIn(distant, person))
    assertUnavailable(await client.post('/auth/register', makePerson()))
    assertUnavailable(await client.post('/auth/check-username', { username: 'somebody' }))
    assertUnavailable(await client.post('/auth/forgot-password', { identifier: person.email }))
    assertUnavailable(await client.post('/auth/refresh', { refresh_token: person.refreshToken }))
    assert.equal((await client.get('//health')).status, 200)
    assert.equal((await client.get('/nothing')).status, 404)
    const metrics = await client.get('//metrics')
    assert.equal(metrics.status, 200)
    assert.doesNotMatch(metrics.body, /^jobs\{/m)
    await way.mend()
    assert.equal((await client.get('//health/ready')).status, 200)
    assert.equal((await client.get('/users/me', { token })).status, 200)
    assert.equal((await logIn(distant, person)).status, 200)
  })

  it('is in the log with its cause', () => {
    const lines = distant.logs.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request failed')
    assert.ok(lines.length > 0)
    for (const { level, code, err, request_id } of lines) {
      assert.deepEqual([level, code], ['error', 'service_unavailable'])
      assert.ok(err.stack.length > 0 && request_id.length > 0)
    }
  })
})

describe('a database that is a standby', () => {
  it('is not ready: what reads is answered, what writes is a 503', async () => {
    const { pool } = app.database
    const { rows } = await pool.query('SELECT current_database() AS name')
    await pool.query(`ALTER DATABASE ${rows[0].name} SET default_transaction_read_only = on`)
    const standby = await startTestApp({ sharing: app, withoutJobs: true })
    const client = createClient(standby)
    const ready = await client.get('//health/ready')
    assertUnavailable(ready)
    assert.equal(ready.error.errors.detail, 'The database can only be read: it is a standby.')
    assert.equal((await client.get('/users/me', { token: person.accessToken })).status, 200)
    assertUnavailable(await client.post('/auth/register', makePerson()))
    await pool.query(`ALTER DATABASE ${rows[0].name} RESET default_transaction_read_only`)
    await standby.close()
  })
})

describe('a failure of ours', () => {
  it('is a 500 that says nothing of its cause, which is in the log', async () => {
    const { pool } = app.database
    await pool.query('ALTER TABLE account_events RENAME TO account_events_away')
    const headers = { 'x-request-id': 'our-failure' }
    const answer = await createClient(app).get('/users/me/activity', { token: person.accessToken, headers })
    await pool.query('ALTER TABLE account_events_away RENAME TO account_events')
    assert.equal(answer.status, 500)
    assert.deepEqual(answer.error, {
      status_code: 500,
      code: 'internal_error',
      message: 'Internal Server Error',
      errors: { detail: 'Something went wrong on our side. The request was not completed.' },
      request_id: 'our-failure',
    })
    const line =
      app.logs.find((text) => text.includes('request failed') && text.includes('our-failure')) ?? '{}'
    assert.match(JSON.parse(line).err.message, /account_events/)
  })
})
