import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Config, readConfig } from '../../src/platform/config.ts'
import { freePort } from '../../src/platform/database/embedded/server.ts'
import { type Accounts, fillAccounts, SESSIONS_PER_USER } from '../lab/accounts.ts'
import type { Postgres } from '../lab/database.ts'
import { BENCH_FOLDER } from '../lab/folder.ts'
import { type RunningServer, startServer } from '../lab/server-process.ts'

/** A database of ours with people in it, and the settings to serve it. */
export type OurData = { databaseUrl: string; env: Record<string, string>; config: Config; accounts: Accounts }

export type OurSystem = OurData & { server: RunningServer }

/** The API as in production: all limits, checks and log lines. The load comes through a trusted proxy. */
function productionSettings(databaseUrl: string): Record<string, string> {
  return {
    APP_ENV: 'production',
    // As the image has it.
    NODE_COMPILE_CACHE: join(BENCH_FOLDER, 'compile-cache'),
    DATABASE_URL: databaseUrl,
    ACCESS_TOKEN_SECRET_KEY: randomBytes(48).toString('base64url'),
    REFRESH_TOKEN_SECRET_KEY: randomBytes(48).toString('base64url'),
    // A measurement of everything takes longer than a token lives.
    ACCESS_TOKEN_EXPIRE_MINUTES: '1440',
    MAX_SESSIONS_PER_USER: String(SESSIONS_PER_USER),
    MAIL_TRANSPORT: 'smtp',
    SMTP_URL: 'smtp://127.0.0.1:9',
    RESEND_FROM_EMAIL: 'no-reply@example.com',
    TRUSTED_PROXIES: '127.0.0.1',
  }
}

export async function makeOurData(
  postgres: Postgres,
  { database, users }: { database: string; users: number },
): Promise<OurData> {
  const databaseUrl = await postgres.create(database)
  const env = productionSettings(databaseUrl)
  return { databaseUrl, env, config: readConfig(env), accounts: await fillAccounts(databaseUrl, users) }
}

/** Starts the API over data that is there. @param processes as `WEB_CONCURRENCY` */
export async function serveOurData({ env }: OurData, processes = 1): Promise<RunningServer> {
  const port = await freePort()
  return startServer({
    name: 'CrypAlgos API',
    command: process.execPath,
    args: [join(import.meta.dirname, '../../src/main.ts')],
    env: { ...env, PORT: String(port), WEB_CONCURRENCY: String(processes) },
    port,
    readyPath: '/health/ready',
  })
}

/** Starts a process that runs jobs alone. */
export async function startOurWorker(
  env: Record<string, string>,
): Promise<{ pid: number; stop(): Promise<void> }> {
  const worker = spawn(process.execPath, [join(import.meta.dirname, '../../src/worker.ts')], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: 'ignore',
  })
  const killed = () => worker.kill('SIGKILL')
  process.on('exit', killed)
  await once(worker, 'spawn')
  return {
    pid: worker.pid ?? 0,
    async stop() {
      const exited = once(worker, 'exit')
      worker.kill('SIGTERM')
      await exited
      process.off('exit', killed)
    },
  }
}

export async function startOurs(
  postgres: Postgres,
  options: { database: string; users: number },
): Promise<OurSystem> {
  const data = await makeOurData(postgres, options)
  return { ...data, server: await serveOurData(data) }
}
