import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Config, readConfig } from '../src/platform/config.ts'
import { freePort } from '../src/platform/database/embedded/server.ts'
import { startEmbeddedPostgres } from '../src/platform/database/embedded-postgres.ts'
import { exitWithProblem } from '../src/platform/process/exit-with-problem.ts'
import { DevServer, runMigrations } from './dev-server.ts'
import { watchFiles } from './watch-files.ts'

const ROOT = join(import.meta.dirname, '..')
const POLL_MS = 100

type Database = { url: string; folder?: string; stop(): Promise<void> }

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** @returns what stands in the way of listening there, if anything does */
async function portProblem(host: string, port: number): Promise<string | undefined> {
  const server = createServer()
  const code = await new Promise((resolve) => {
    server.on('error', (error) => resolve('code' in error ? error.code : error.message))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
  if (code === undefined) return undefined
  const reason = code === 'EADDRINUSE' ? 'is already in use' : `cannot be listened on (${code})`
  return `Port ${port} ${reason}. Stop what uses it, or choose another: PORT=${port === 8000 ? 8001 : 8000} make dev`
}

async function openDatabase({ database, dataFolder }: Config): Promise<Database> {
  if (database.url !== undefined) return { url: database.url, stop: async () => {} }
  return startEmbeddedPostgres({ dataFolder, log: print })
}

function describe(base: string, { url, folder }: Database): string {
  const rows = [
    ['API', `${base}/api/v1`],
    ['Documentation', `${base}/docs  ${base}/redoc  ${base}/openapi.json`],
    ['Mailbox', `${base}/dev/mailbox  (no mail leaves this machine)`],
    ['Health', `${base}/health`],
    ['Metrics', `${base}/metrics`],
    // One of the user's own may hold a password that is not for the screen.
    ['Database', folder === undefined ? 'the one of DATABASE_URL' : `psql ${url}`],
    ...(folder === undefined ? [] : [['Its files', folder]]),
  ]
  return [
    '',
    'CrypAlgos API is ready.',
    '',
    ...rows.map(([name = '', value]) => `  ${name.padEnd(14)} ${value}`),
    '',
    "  make demo walks a new user's journey against it, in another terminal.",
    '  A change under src/ or migrations/ restarts it. Ctrl-C stops everything; the data stays.',
    '',
  ].join('\n')
}

async function answers(base: string): Promise<boolean> {
  return fetch(`${base}/health`).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** Starts the server once its migrations are applied. @returns whether it answers */
async function bringUp(server: DevServer, env: NodeJS.ProcessEnv, base: string): Promise<boolean> {
  if (!(await runMigrations(env))) {
    print('The migrations failed. Mend what they say and save, or start again.')
    return false
  }
  server.start()
  while (server.isRunning) {
    if (await answers(base)) return true
    await delay(POLL_MS)
  }
  return false
}

async function main(): Promise<void> {
  const config = readConfig()
  const port = config.port === 0 ? await freePort() : config.port
  const problem = await portProblem(config.host, port)
  if (problem !== undefined) {
    process.stderr.write(`${problem}\n`)
    process.exitCode = 1
    return
  }
  const database = await openDatabase(config)
  const env = { ...process.env, DATABASE_URL: database.url, PORT: String(port) }
  const base = `http://localhost:${port}`
  const server = new DevServer(env, () =>
    print('The server ended. Mend what it says and save: it is started again.'),
  )

  let welcomed = false
  const restart = async (files: string[]): Promise<void> => {
    if (files.length > 0) print(`Changed: ${files.join(', ')}. Restarting.`)
    await server.stop()
    if (!(await bringUp(server, env, base))) return
    print(welcomed ? 'Ready again.' : describe(base, database))
    welcomed = true
  }
  let work = Promise.resolve()
  const enqueue = (task: () => Promise<void>): void => {
    work = work.then(task).catch((error: unknown) => print(String(error)))
  }
  enqueue(() => restart([]))
  const watcher = watchFiles(ROOT, (files) => enqueue(() => restart(files)))

  let stopping = false
  const stop = async (): Promise<void> => {
    if (stopping) process.exit(1)
    stopping = true
    watcher.close()
    await server.stop()
    await database.stop()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop())
}

main().catch(exitWithProblem)
