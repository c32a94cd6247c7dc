import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../src/platform/database/embedded/server.ts'
import { administer } from '../database.ts'
import { PRODUCTION, type Program, startProgram } from '../programs.ts'
import { startSmtpServer, type TestSmtpServer } from '../smtp-server.ts'

/** More than the sessions whose sign-in was never answered, so that none of them ends the one that is watched. */
export const SESSION_CAP = 50

export type ServiceMail = { id: string; to: string; subject: string; text: string; html: string }

/** The real programs over a database and a mail server: as an operator runs them. */
export type Service = {
  url: string
  web: Program
  /** A process of its own for the jobs, where the web process runs none. */
  worker: Program | undefined
  smtp: TestSmtpServer
  databaseUrl: string
  env: Record<string, string>
  /** Puts another web process in the place of one that is gone; one more always waits for its turn. */
  replaceWeb(): Promise<void>
  /** Puts another job process in the place of one that is gone. */
  replaceWorker(): void
  /** All mails to an address, newest first, once no job is ready or running. */
  mails(to?: string): Promise<ServiceMail[]>
  close(): Promise<void>
}

export type ServiceOptions = {
  databaseUrl: string
  /** Where the web process finds the database, if that is not the database's own address: a proxy, say. */
  through?: string
  env?: Record<string, string>
  separateWorker?: boolean
  /** Where the shell sends the standard output of the web process (`>/dev/full`), and what it does before. */
  output?: { to: string; before: string }
  /** A module that the web process loads before its own. */
  preload?: string
}

const BUSY = `SELECT count(*)::int AS n FROM graphile_worker.jobs
  WHERE attempts < max_attempts AND (locked_at IS NOT NULL OR run_at <= now())`

export async function waitForJobs(databaseUrl: string): Promise<void> {
  for (;;) {
    const { rows } = await administer(databaseUrl, BUSY)
    if (rows[0]?.n === 0) return
    await delay(10)
  }
}

/** Once none is left, those that wait for another try included. */
export async function waitForEveryJob(databaseUrl: string): Promise<void> {
  await eventually(async () => {
    const { rows } = await administer(databaseUrl, 'SELECT count(*)::int AS n FROM graphile_worker.jobs')
    return rows[0]?.n === 0
  })
}

/** Asks every 20 ms until it holds; a condition that never does ends in the runner's own limit. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20)
}

export async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/health/ready`).then(
    ({ status }) => status === 200,
    () => false,
  )
}

/** Fails, without the whole log, where a program has not logged such a line. */
export function assertSaid(program: Program, pattern: RegExp): void {
  assert.ok(
    program.lines.some((line) => pattern.test(line)),
    `the log has no line ${pattern}`,
  )
}

async function end(programs: (Program | undefined)[]): Promise<void> {
  for (const program of programs) program?.signal('SIGKILL')
  await Promise.all(programs.map((program) => program?.ended))
}

function startWeb(env: Record<string, string>, { output, preload }: ServiceOptions): Program {
  const args = [...(preload === undefined ? [] : ['--import', preload]), 'src/main.ts']
  if (output === undefined) return startProgram(args, { env })
  const command = ['-c', `${output.before}; exec "$0" "$@" ${output.to}`, process.execPath, ...args]
  return startProgram(command, { env, node: '/bin/sh' })
}

/** Its log says where it listens, unless that goes elsewhere. */
async function urlOfWeb(web: Program, { PORT }: Record<string, string>): Promise<string> {
  if (PORT === '0') return web.url()
  const url = `http://127.0.0.1:${PORT}`
  await eventually(() => isReady(url))
  return url
}

export async function startService(options: ServiceOptions): Promise<Service> {
  const { databaseUrl, through = databaseUrl, separateWorker = false, output } = options
  const smtp = await startSmtpServer()
  const env: Record<string, string> = {
    ...PRODUCTION,
    DATABASE_URL: through,
    SMTP_URL: smtp.url,
    MAX_SESSIONS_PER_USER: String(SESSION_CAP),
    WORKER_IN_WEB: String(!separateWorker),
    PORT: output === undefined ? '0' : String(await freePort()),
    ...options.env,
  }
  const startWorker = () => startProgram(['src/worker.ts'], { env: { ...env, DATABASE_URL: databaseUrl } })
  const web = startWeb(env, options)
  let spare: Program | undefined
  const service: Service = {
    url: await urlOfWeb(web, env),
    web,
    worker: separateWorker ? startWorker() : undefined,
    smtp,
    databaseUrl,
    env,
    async replaceWeb() {
      service.web = spare ?? startWeb(env, options)
      spare = startWeb(env, options)
      service.url = await urlOfWeb(service.web, env)
    },
    replaceWorker() {
      service.worker = startWorker()
    },
    async mails(to) {
      await waitForJobs(databaseUrl)
      const all = smtp.mails.map((mail) => ({ ...mail, id: mail.messageId, to: mail.to[0] ?? '' }))
      return all.filter((mail) => to === undefined || mail.to === to).reverse()
    },
    async close() {
      await end([service.web, spare, service.worker])
      await smtp.stop()
    },
  }
  return service
}
