import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Answer, type Client, createClient } from './client.ts'
import { administer, createEmptyDatabase, type TestDatabase } from './database.ts'
import { makePerson } from './people.ts'
import { type Pgbouncer, startPgbouncer } from './pgbouncer.ts'
import { killProgram, PRODUCTION, type Program, startProgram } from './programs.ts'
import { startSmtpServer, type TestSmtpServer } from './smtp-server.ts'
import { until } from './until.ts'

// Fewer than the processes have by themselves: requests take turns on the same connections.
const SERVER_CONNECTIONS = 3

let database: TestDatabase
let smtp: TestSmtpServer
let pooler: Pgbouncer
let worker: Program
let webs: Program[] = []
let urls: string[] = []
before(async () => {
  database = await createEmptyDatabase()
  smtp = await startSmtpServer()
  pooler = await startPgbouncer(database.url, SERVER_CONNECTIONS)
  const env = {
    ...PRODUCTION,
    DATABASE_URL: pooler.url,
    DATABASE_DIRECT_URL: database.url,
    DATABASE_PREPARED_STATEMENTS: 'false',
    WORKER_IN_WEB: 'false',
    SMTP_URL: smtp.url,
  }
  assert.equal((await startProgram(['src/migrate.ts'], { env }).ended).code, 0)
  worker = startProgram(['src/worker.ts'], { env })
  webs = [1, 2].map(() => startProgram(['src/main.ts'], { env }))
  urls = await Promise.all(webs.map((web) => web.url()))
})
after(async () => {
  await Promise.all([worker, ...webs].map(killProgram))
  await pooler.stop()
  await smtp.stop()
  await database.drop()
})

/** The two web processes in turn. */
function clientOf(request: number): Client {
  return createClient({ url: urls[request % urls.length] ?? '' })
}

async function codeFor(email: string): Promise<string> {
  const mail = () => smtp.mails.find(({ to, text }) => to.includes(email) && /^\d{6}$/m.test(text))
  await until(() => mail() !== undefined)
  return /^\d{6}$/m.exec(mail()?.text ?? '')?.[0] ?? ''
}

async function signUp(): Promise<Answer> {
  const person = makePerson()
  assert.equal((await clientOf(0).post('/auth/register', person)).status, 201)
  const code = await codeFor(person.email)
  return clientOf(1).post('/auth/verify', { identifier: person.email, verification_code: code })
}

const LIMIT = { timeout: 120_000 }

describe('two web processes and one for jobs behind PgBouncer in transaction mode', LIMIT, () => {
  it('register, mail, verify, refresh and sign out, each request at either process', async () => {
    const verified = await signUp()
    assert.equal(verified.status, 200)
    const { status, data } = await clientOf(0).post('/auth/refresh', {
      refresh_token: verified.data.refresh_token,
    })
    assert.equal(status, 200)
    const token = data.access_token
    assert.equal((await clientOf(1).get('/users/me', { token })).status, 200)
    assert.equal((await clientOf(0).post('/auth/logout', {}, { token })).status, 200)
    assert.equal((await clientOf(1).get('/users/me', { token })).status, 401)
  })

  it('serve 400 requests at once over three connections to the database', async () => {
    const { data } = await signUp()
    const token = data.access_token
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, i) =>
        clientOf(i).get(i % 4 < 2 ? '/users/me' : '/sessions', { token }),
      ),
    )
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
  })

  it('answer 20 refreshes at once with one token, and keep one session', async () => {
    const { data } = await signUp()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        clientOf(i).post('/auth/refresh', { refresh_token: data.refresh_token }),
      ),
    )
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    const sessions = await clientOf(0).get('/sessions', { token: answers[0]?.data.access_token })
    assert.equal(sessions.data.total_sessions, 1)
  })

  it('listen for jobs past the pooler, which cannot keep a LISTEN', async () => {
    const { rows } = await administer(
      database.url,
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^LISTEN'`,
    )
    assert.equal(rows.length, 1)
  })
})
