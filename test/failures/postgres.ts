import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { openDatabase } from '../../src/platform/database/database.ts'
import { type Cluster, PROGRAM_ENV, prepareCluster } from '../../src/platform/database/embedded/cluster.ts'
import { choosePlace, type Place, prepareBase } from '../../src/platform/database/embedded/place.ts'
import { type Programs, preparePrograms } from '../../src/platform/database/embedded/programs.ts'
import { freePort, probe, urlOf } from '../../src/platform/database/embedded/server.ts'
import { migrateUp } from '../../src/platform/database/migrator.ts'
import { administer } from '../database.ts'

/** A PostgreSQL of a test's own that may be hurt. Its database has the newest schema. */
export type MortalPostgres = {
  url: string
  /** SIGKILL to the postmaster, so that nothing is written in order; resolves once it is gone. */
  kill(): Promise<void>
  /** SIGINT: breaks every connection and shuts down in order. */
  shutDown(): Promise<void>
  /** Comes back on the same port and the same data; resolves once it takes connections. */
  start(): Promise<void>
  /** SIGSTOP to every process of the server: connections stay open, nobody answers. */
  pause(): Promise<void>
  resume(): void
  close(): Promise<void>
}

/** Few, so that a test can use them up. */
const MAX_CONNECTIONS = 60

/** The server does not outlive the test that started it: with it ends the pipe at the keeper's standard input. */
const KEEPER = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
(read -r line <&3; kill -KILL "$server") &
watcher=$!
wait "$server"
kill "$watcher" 2>/dev/null
`

/*
 * Without fsync: here processes die, not machines, and what a process has written stays with the kernel. A commit is
 * written before it is acknowledged, as in production.
 */
function settings(port: number): string[] {
  const given = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: MAX_CONNECTIONS,
    fsync: 'off',
    synchronous_commit: 'on',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
  }
  return Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function spawnServer({ cluster, place, programs, port }: Parts): ChildProcess {
  const command = [programs.postgres, '-D', cluster.data, ...settings(port)]
  return spawn('/bin/sh', ['-c', KEEPER, 'keeper', ...command], {
    ...place.account,
    cwd: cluster.folder,
    env: PROGRAM_ENV,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
}

type Parts = { cluster: Cluster; place: Place; programs: Programs; port: number }

/** Processes of one that was killed may need a moment to notice; until then the data are theirs. */
async function launch(parts: Parts): Promise<ChildProcess> {
  for (;;) {
    const keeper = spawnServer(parts)
    while (keeper.exitCode === null) {
      if ((await probe(urlOf(parts.cluster, parts.port))) === 'ready') return keeper
      await delay(20)
    }
    await delay(50)
  }
}

async function migrate(url: string): Promise<void> {
  const database = openDatabase({ url, poolSize: 2, preparedStatements: false, queryTimeoutMs: 0 })
  await migrateUp(database, pino({ level: 'warn' }))
  await database.db.destroy()
}

function postmaster({ data }: Cluster): number {
  return Number.parseInt(readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10)
}

export async function startMortalPostgres(): Promise<MortalPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'crypalgos-mortal-'))
  const place = choosePlace(folder)
  prepareBase(place)
  const programs = await preparePrograms(place)
  const cluster = await prepareCluster(place, programs, { durable: false, log: () => {} })
  const parts = { cluster, place, programs, port: await freePort() }
  const url = urlOf(cluster, parts.port)
  let keeper = await launch(parts)
  let paused: number[] = []
  await migrate(url)
  const end = async (signal: NodeJS.Signals) => {
    const ended = keeper.exitCode === null ? once(keeper, 'exit') : undefined
    process.kill(postmaster(cluster), signal)
    await ended
  }
  const resume = () => {
    for (const pid of paused) process.kill(pid, 'SIGCONT')
    paused = []
  }
  return {
    url,
    kill: () => end('SIGKILL'),
    shutDown: () => end('SIGINT'),
    async start() {
      keeper = await launch(parts)
    },
    async pause() {
      const { rows } = await administer(url, 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
      // The postmaster first, or it would start another in the place of one that it misses.
      paused = [postmaster(cluster), ...rows.map(({ pid }) => Number(pid))]
      for (const pid of paused) process.kill(pid, 'SIGSTOP')
    },
    resume,
    async close() {
      resume()
      if (keeper.exitCode === null) await end('SIGINT')
      await rm(cluster.folder, { recursive: true, force: true })
      await rm(folder, { recursive: true, force: true })
    },
  }
}
