import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import { logIn, signUp } from '../../test/people.ts'
import { startTcpProxy } from '../../test/tcp-proxy.ts'
import { ConfigError } from './config/config-error.ts'
import { readConfig } from './config.ts'
import { openPlatform } from './platform.ts'

let app: TestApp
before(async () => {
  app = await startTestApp()
})
after(() => app.close())

async function readMetrics(of: Pick<TestApp, 'url'> = app): Promise<string> {
  const { status, body, headers } = await createClient(of).get('//metrics')
  assert.equal(status, 200)
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  return body
}

/** The value of one line; nothing where there is none. */
function sample(metrics: string, name: string): number | undefined {
  const line = metrics.split('\n').find((text) => text.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length + 1))
}

describe('/metrics', () => {
  it('counts requests by method, route and status, never by what was typed', async () => {
    const client = createClient(app)
    await client.get('/users/me')
    await client.get('/sessions/0f8fad5b-d9cb-469f-a165-70867728950e')
    await client.get('/nowhere-that-anybody-typed')
    const metrics = await readMetrics()
    const line = 'http_requests_total{method="GET",route="/api/v1/users/me",status="401"}'
    assert.equal(sample(metrics, line), 1)
    assert.match(metrics, /route="unmatched",status="404"/)
    assert.doesNotMatch(metrics, /0f8fad5b|nowhere/)
  })

  it('has a histogram of how long answers take, by route', async () => {
    const metrics = await readMetrics()
    const name = 'http_request_duration_seconds'
    const labels = 'method="GET",route="/api/v1/users/me"'
    assert.equal(sample(metrics, `${name}_bucket{le="+Inf",${labels}}`), 1)
    assert.equal(sample(metrics, `${name}_bucket{le="10",${labels}}`), 1)
    const sum = sample(metrics, `${name}_sum{${labels}}`)
    assert.ok(sum !== undefined && sum > 0 && sum < 10, `${sum} seconds`)
  })

  it('counts what happens to accounts and what is mailed', async () => {
    const person = await signUp(app)
    await logIn(app, person)
    await logIn(app, { ...person, password: 'wrong-password' })
    await app.jobsDone()
    const metrics = await readMetrics()
    for (const line of [
      'account_events_total{event="account_created",outcome="success"}',
      'account_events_total{event="login",outcome="success"}',
      'account_events_total{event="login",outcome="failure"}',
      'mails_total{kind="verification",outcome="sent"}',
      'mails_total{kind="welcome",outcome="sent"}',
    ]) {
      assert.ok((sample(metrics, line) ?? 0) >= 1, line)
    }
    assert.doesNotMatch(metrics, new RegExp(`${person.email}|${person.username}|${person.id}`))
  })

  it('shows the pool, the job queue, the hashing queue, the event loop and the process', async () => {
    const metrics = await readMetrics()
    for (const line of [
      'database_pool_connections{state="in_use"}',
      'database_pool_connections{state="idle"}',
      'database_pool_connections{state="waiting"}',
      'jobs{state="ready"}',
      'jobs{state="waiting"}',
      'jobs{state="retrying"}',
      'jobs{state="running"}',
      'jobs{state="given_up"}',
      'jobs_oldest_seconds{state="ready"}',
      'hashing_queue{state="waiting"}',
      'nodejs_eventloop_lag_p99_seconds',
      'process_resident_memory_bytes',
    ]) {
      assert.notEqual(sample(metrics, line), undefined, line)
    }
  })

  it('leaves out what cannot be read while the database is away, and says so in the log', async (t) => {
    const proxy = await startTcpProxy(app.database.url)
    const other = await startTestApp({
      sharing: app,
      env: { DATABASE_URL: proxy.through(app.database.url) },
      withoutJobs: true,
    })
    t.after(() => other.close())
    await proxy.cut()
    const metrics = await readMetrics(other)
    assert.equal(sample(metrics, 'jobs{state="ready"}'), undefined)
    assert.notEqual(sample(metrics, 'hashing_queue{state="waiting"}'), undefined)
    assert.ok(other.logs.some((line) => line.includes('the job queue cannot be measured')))
  })
})

describe('openPlatform', () => {
  it('opens everything without a connection, with the real clock, log and hashing', async () => {
    const config = readConfig({
      APP_ENV: 'test',
      DATA_FOLDER: app.dataFolder,
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none',
      LOG_LEVEL: 'silent',
    })
    const platform = openPlatform(config)
    assert.equal(platform.clock.now().getTime(), Date.now())
    assert.equal(await platform.hashing.strength('password1', []), 0)
    await platform.close()
  })

  it('names the setting that is missing where no database is named', () => {
    const config = readConfig({ APP_ENV: 'test', DATA_FOLDER: app.dataFolder })
    assert.throws(() => openPlatform(config), ConfigError)
  })

  it('reports a connection that breaks', async () => {
    const { rows } = await app.platform.db.executeQuery<{ pid: number }>({
      ...app.platform.db.selectNoFrom((eb) => eb.fn<number>('pg_backend_pid').as('pid')).compile(),
    })
    await app.database.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
    while (!app.logs.some((line) => line.includes('a database connection broke'))) {
      await createClient(app).get('//health')
    }
  })
})
