import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from '../src/platform/database/embedded/server.ts'
import { findProgram } from './find-program.ts'
import { until } from './until.ts'

/** Who owns nothing; PgBouncer does not run as root. */
const NOBODY = 65_534

export type Pgbouncer = {
  /** The database through the pooler. */
  url: string
  stop(): Promise<void>
}

function writeSettings(folder: string, databaseUrl: string, port: number, poolSize: number): string {
  const { username, password, hostname, port: serverPort, pathname } = new URL(databaseUrl)
  const users = join(folder, 'users.txt')
  writeFileSync(users, `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`)
  const path = join(folder, 'pgbouncer.ini')
  writeFileSync(
    path,
    `[databases]
${pathname.slice(1)} = host=${hostname} port=${serverPort || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${poolSize}
`,
  )
  return path
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await client.query('SELECT')
    return true
  } catch {
    return false
  } finally {
    await client.end()
  }
}

async function untilItAnswers(child: ChildProcess, url: string): Promise<void> {
  const log: string[] = []
  child.stderr?.on('data', (chunk) => log.push(String(chunk)))
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended:\n${log.join('')}`)
    return answers(url)
  })
}

/** Starts a PgBouncer in transaction mode before a database, with so many connections to it. */
export async function startPgbouncer(databaseUrl: string, poolSize: number): Promise<Pgbouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'))
  chmodSync(folder, 0o755)
  const port = await freePort()
  const settings = writeSettings(folder, databaseUrl, port, poolSize)
  const user = process.getuid?.() === 0 ? { uid: NOBODY } : {}
  const child = spawn(findProgram('pgbouncer'), [settings], { stdio: ['ignore', 'ignore', 'pipe'], ...user })
  const ended = once(child, 'exit')
  const url = new URL(databaseUrl)
  url.host = `127.0.0.1:${port}`
  await untilItAnswers(child, url.href)
  return {
    url: url.href,
    async stop() {
      child.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true })
    },
  }
}
