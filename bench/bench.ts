import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import autocannon from 'autocannon'
import { openDatabase } from '../src/platform/database/database.ts'
import { startEmbeddedPostgres } from '../src/platform/database/embedded-postgres.ts'
import { migrateUp } from '../src/platform/database/migrator.ts'
import { createLogger } from '../src/platform/logging.ts'
import { type BenchUser, fillUsers } from './fill-users.ts'

/*
 * What one web process does a second, on this machine, with everything on: real PostgreSQL, real HTTP, limits, log
 * lines. The load comes from this process; every request from an address of its own, so that no limit is met.
 */

const SECONDS = Number(process.env.BENCH_SECONDS ?? '5')
const CONNECTIONS = 32
const PORT = Number(process.env.PORT ?? '8900')
const BASE = `http://127.0.0.1:${PORT}`

type Operation = { name: string; connections: number; request(user: BenchUser): Partial<autocannon.Request> }

const bearer = (user: BenchUser) => ({ authorization: `Bearer ${user.accessToken}` })
const json = { 'content-type': 'application/json' }

const OPERATIONS: Operation[] = [
  { name: 'GET /health', connections: CONNECTIONS, request: () => ({ path: '/health' }) },
  {
    name: 'GET /api/v1/users/me',
    connections: CONNECTIONS,
    request: (user) => ({ path: '/api/v1/users/me', headers: bearer(user) }),
  },
  {
    name: 'GET /api/v1/sessions',
    connections: CONNECTIONS,
    request: (user) => ({ path: '/api/v1/sessions', headers: bearer(user) }),
  },
  {
    name: 'POST /api/v1/auth/refresh',
    connections: CONNECTIONS,
    // The same token again, within its grace: one update a request, like the first time.
    request: (user) => ({
      method: 'POST',
      path: '/api/v1/auth/refresh',
      headers: json,
      body: JSON.stringify({ refresh_token: user.refreshToken }),
    }),
  },
  {
    name: 'POST /api/v1/auth/login',
    connections: 8,
    request: (user) => ({
      method: 'POST',
      path: '/api/v1/auth/login',
      headers: json,
      body: JSON.stringify({ identifier: user.email, password: user.password }),
    }),
  },
]

function address(n: number): string {
  return `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
}

async function measure({ name, connections, request }: Operation, users: BenchUser[]): Promise<void> {
  let sent = 0
  const result = await autocannon({
    url: BASE,
    connections,
    duration: SECONDS,
    requests: [
      {
        setupRequest(base) {
          sent += 1
          const user = users[sent % users.length]
          if (user === undefined) throw new Error('there are no users')
          const own = request(user)
          return { ...base, ...own, headers: { ...own.headers, 'x-forwarded-for': address(sent) } }
        },
      },
    ],
  })
  const { average, p99 } = { average: result.requests.average, p99: result.latency.p99 }
  const failed = result.non2xx + result.errors
  process.stdout.write(
    `${name.padEnd(28)} ${average.toFixed(0).padStart(7)} requests/s   p50 ${result.latency.p50} ms   p99 ${p99} ms   failed ${failed}\n`,
  )
}

async function waitUntilReady(): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`${BASE}/health/ready`).catch(() => undefined)
    if (answer?.ok === true) return
    await delay(100)
  }
  throw new Error(`no server answers at ${BASE}`)
}

async function main(): Promise<void> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'crypalgos-bench-'))
  const postgres = await startEmbeddedPostgres({ dataFolder })
  const database = openDatabase({
    url: postgres.url,
    poolSize: 4,
    preparedStatements: true,
    queryTimeoutMs: 0,
  })
  await migrateUp(database, createLogger({ environment: 'production', logLevel: 'warn' }))
  const server = fork(join(import.meta.dirname, '../src/main.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      APP_ENV: 'test',
      DATA_FOLDER: dataFolder,
      DATABASE_URL: postgres.url,
      PORT: String(PORT),
      TRUSTED_PROXIES: '127.0.0.1',
    },
  })
  try {
    await waitUntilReady()
    const users = await fillUsers(database.db, BASE)
    for (const operation of OPERATIONS) await measure(operation, users)
  } finally {
    server.kill('SIGTERM')
    await once(server, 'exit')
    await database.db.destroy()
    await postgres.stop()
    await rm(dataFolder, { recursive: true, force: true })
  }
}

await main()
