import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, constants, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { type Cluster, DATABASE, PROGRAM_ENV, ROLE } from './cluster.ts'
import type { Account } from './place.ts'

/** How a server answered: ready; there, but starting or stopping; or not there (or somebody else's). */
export type Answer = 'ready' | 'busy' | 'absent'

/** Throws where a start has taken too long. */
export type Limit = { check(): void }

/** A server that this process launched. `exited` resolves once it has ended, however it ended. */
export type Launched = { port: number; exited: Promise<void> }

const PROBE_TIMEOUT_MS = 2_000
const POLL_MS = 25
const LOG_LIMIT_BYTES = 1_000_000

/**
 * Runs the server and stops it (fast shutdown) once nobody holds the pipe at its standard input open any more:
 * however a process that used the server ends, kill -9 included, the server does not outlive the last one. What is
 * written into the pipe it notes, so that a newcomer can tell whether it came in time.
 */
const KEEPER = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
(while read -r line <&3; do echo "$line" >> seen; done; kill -INT "$server") &
watcher=$!
wait "$server"
kill "$watcher" 2>/dev/null
`

/** Signs in as the cluster's own role, so a stranger's server on the same port is never taken for ours. */
export async function probe(url: string, timeoutMs: number = PROBE_TIMEOUT_MS): Promise<Answer> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: timeoutMs })
  client.on('error', () => {})
  const answer = await client.connect().then(
    (): Answer => 'ready',
    (error: unknown): Answer => (isBusy(error) ? 'busy' : 'absent'),
  )
  // Not waited for: a server that hangs would never let it go.
  void client.end()
  return answer
}

function isBusy(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code === '57P03'
  return error instanceof Error && error.message.includes('timeout')
}

export function urlOf({ password }: Cluster, port: number): string {
  return `postgresql://${ROLE}:${password}@127.0.0.1:${port}/${DATABASE}`
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function seenFile({ folder }: Cluster): string {
  return join(folder, 'seen')
}

/**
 * Whether the keeper of the running server knows of a use: one that has begun to stop its server notes nothing more.
 * @param use the open pipe
 */
export async function isNoted(
  cluster: Cluster,
  use: number,
  timeoutMs: number = PROBE_TIMEOUT_MS,
): Promise<boolean> {
  const id = randomUUID()
  writeSync(use, `${id}\n`)
  const until = performance.now() + timeoutMs
  while (performance.now() < until) {
    if (readIfThere(seenFile(cluster))?.includes(id)) return true
    await delay(POLL_MS)
  }
  return false
}

/** The text of the server's own lock file, if there is one. */
export function readLockFile({ data }: Cluster): string | undefined {
  return readIfThere(join(data, 'postmaster.pid'))
}

/** The port in a lock file, once the server has written it. */
export function lockedPort(lockFile: string | undefined): number | undefined {
  return Number(lockFile?.split('\n')[3]) || undefined
}

/** Removes a lock file that no server stands behind, unless it has changed since. */
export function removeLockFile(cluster: Cluster, judged: string): void {
  if (readLockFile(cluster) === judged) rmSync(join(cluster.data, 'postmaster.pid'))
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return Number(typeof address === 'object' && address?.port)
}

function serverSettings(port: number, durable: boolean): string[] {
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=300',
    'timezone=UTC',
    'log_timezone=UTC',
    // What a failed statement held (addresses, for instance) stays out of the log.
    'log_error_verbosity=terse',
    'log_min_error_statement=panic',
    'jit=off',
    ...(durable
      ? []
      : [
          'fsync=off',
          'synchronous_commit=off',
          'full_page_writes=off',
          'wal_level=minimal',
          'max_wal_senders=0',
        ]),
  ]
  return settings.flatMap((setting) => ['-c', setting])
}

export function logSize({ serverLog }: Cluster): number {
  return statSync(serverLog).size
}

/** What the server wrote since its log had that size. */
export function logSince({ serverLog }: Cluster, size: number): string {
  return readFileSync(serverLog).subarray(size).toString()
}

export type LaunchOptions = { postgres: string; account: Account; port: number; durable: boolean }

/** Spawns the keeper and under it the server, in a session of their own: Ctrl-C in the terminal does not reach them. */
export function spawnServer(cluster: Cluster, { postgres, account, port, durable }: LaunchOptions): Launched {
  rmSync(seenFile(cluster), { force: true })
  const pipe = openSync(cluster.users, constants.O_RDONLY)
  const log = openSync(cluster.serverLog, logSize(cluster) > LOG_LIMIT_BYTES ? 'w' : 'a')
  const command = [postgres, '-D', cluster.data, ...serverSettings(port, durable)]
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'keeper', ...command], {
    ...account,
    cwd: cluster.folder,
    env: PROGRAM_ENV,
    stdio: [pipe, log, log],
    detached: true,
  })
  // A process that forgets the server can end, and with it the server.
  keeper.unref()
  closeSync(pipe)
  closeSync(log)
  const exited = new Promise<void>((resolve) => {
    keeper.on('error', () => resolve()).on('exit', () => resolve())
  })
  return { port, exited }
}

/**
 * @returns whether the server became ready; not, if it ended before
 * @throws once the limit is over
 */
export async function becameReady(cluster: Cluster, launched: Launched, limit: Limit): Promise<boolean> {
  const ended = launched.exited.then(() => true)
  while ((await probe(urlOf(cluster, launched.port))) !== 'ready') {
    limit.check()
    if (await Promise.race([ended, delay(POLL_MS, false)])) return false
  }
  return true
}
