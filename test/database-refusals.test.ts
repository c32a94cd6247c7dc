import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from './app.ts'
import { type Body, createClient } from './client.ts'
import { administer, SERVER_VARIABLE, withDatabase } from './database.ts'
import { bodyOf, pathOf, type World } from './hostile/world.ts'
import { operationsOf, readOpenApi } from './openapi.ts'
import { type SignedUp, signUp } from './people.ts'

const SERVER = process.env[SERVER_VARIABLE] ?? ''
/** Answered from memory. */
const WITHOUT_DATABASE = new Set(['about', 'health', 'metrics', 'logOut'])

let app: TestApp
let person: SignedUp
let database: string

before(async () => {
  app = await startTestApp()
  person = await signUp(app)
  database = new URL(app.database.url).pathname.slice(1)
})
after(() => app.close())

function disconnect(condition: string): Promise<unknown> {
  return administer(SERVER, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${condition}`)
}

/** The answer of the readiness probe, and its reason. */
async function readiness({ url }: Pick<TestApp, 'url'>): Promise<[number, string]> {
  const response = await fetch(`${url}/health/ready`)
  const body: Body = await response.json()
  if (response.status === 503) assert.ok(Number(response.headers.get('retry-after')) > 0)
  return [response.status, body.api_error?.errors.detail ?? '']
}

async function assertUnavailableEverywhere(): Promise<void> {
  const world: World = {
    trader: { person } as World['trader'],
    ...{ strategy: person.id, dataset: person.id, backtest: person.id, importId: person.id },
  }
  for (const operation of operationsOf(readOpenApi(app.server))) {
    if (WITHOUT_DATABASE.has(operation.operationId)) continue
    const path = `/${pathOf(operation, world)}`
    const body = bodyOf(operation, world)
    const { status, headers, error } = await createClient(app).request(operation.method, path, {
      token: person.accessToken,
      ...(body === undefined ? {} : { body }),
    })
    const { operationId } = operation
    if (operationId === 'refresh') {
      assert.equal(status, 400, 'the documented token is none')
      continue
    }
    assert.deepEqual([status, error?.code], [503, 'service_unavailable'], operationId)
    assert.ok(Number(headers.get('retry-after')) > 0, operationId)
  }
}

describe('a database that admits nobody', () => {
  it('is a 503 with a reason, on every route, until it does', async () => {
    await administer(SERVER, `ALTER DATABASE ${database} ALLOW_CONNECTIONS false`)
    await disconnect(`datname = '${database}'`)
    assert.deepEqual(await readiness(app), [503, 'The database rejected the login of this server.'])
    await administer(SERVER, `ALTER DATABASE ${database} RENAME TO ${database}_gone`)
    assert.deepEqual(await readiness(app), [503, 'The database does not exist.'])
    await assertUnavailableEverywhere()
    await administer(SERVER, `ALTER DATABASE ${database}_gone RENAME TO ${database}`)
    await administer(SERVER, `ALTER DATABASE ${database} ALLOW_CONNECTIONS true`)
    assert.deepEqual(await readiness(app), [200, ''])
  })
})

describe('a role that may not connect', () => {
  it('is a 503 with a reason, until it may', async () => {
    const role = `refused_${randomBytes(6).toString('hex')}`
    await administer(SERVER, `CREATE ROLE ${role} LOGIN PASSWORD 'a-password'`)
    const url = new URL(withDatabase(SERVER, database))
    Object.assign(url, { username: role, password: 'a-password' })
    const refused = await startTestApp({ sharing: app, withoutJobs: true, env: { DATABASE_URL: url.href } })
    const cases: [string, string, string][] = [
      [
        `ALTER ROLE ${role} NOLOGIN`,
        `ALTER ROLE ${role} LOGIN`,
        'The database rejected the login of this server.',
      ],
      [
        `ALTER ROLE ${role} CONNECTION LIMIT 0`,
        `ALTER ROLE ${role} CONNECTION LIMIT -1`,
        'The database has no free connection.',
      ],
      [
        `REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`,
        `GRANT CONNECT ON DATABASE ${database} TO PUBLIC`,
        'The database rejected the login of this server.',
      ],
    ]
    for (const [refuse, admit, reason] of cases) {
      await administer(SERVER, refuse)
      await disconnect(`usename = '${role}'`)
      assert.deepEqual(await readiness(refused), [503, reason], refuse)
      const answer = await createClient(refused).get('/users/me', { token: person.accessToken })
      assert.deepEqual([answer.status, answer.error.code], [503, 'service_unavailable'], refuse)
      await administer(SERVER, admit)
      assert.deepEqual(await readiness(refused), [200, ''])
    }
    await refused.close()
    await administer(SERVER, `DROP ROLE ${role}`)
  })
})
