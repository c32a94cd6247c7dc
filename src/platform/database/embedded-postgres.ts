import { closeSync, constants, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type Cluster, prepareCluster } from './embedded/cluster.ts'
import { choosePlace, type Place, prepareBase } from './embedded/place.ts'
import { type Programs, preparePrograms } from './embedded/programs.ts'
import {
  becameReady,
  freePort,
  isNoted,
  type Launched,
  type Limit,
  lockedPort,
  logSince,
  logSize,
  probe,
  readLockFile,
  removeLockFile,
  spawnServer,
  urlOf,
} from './embedded/server.ts'
import { EmbeddedPostgresError, lastLines } from './embedded/setup-error.ts'

export type EmbeddedPostgresOptions = {
  dataFolder: string
  /** Gets a sentence where something takes a while. */
  log?: (message: string) => void
  /** Off for data that nobody will miss: quicker, but a crash of the machine may damage it. */
  durable?: boolean
  /** Milliseconds after which a start is given up. */
  limitMs?: number
}

export type EmbeddedPostgres = {
  url: string
  /** Where the data lies: as root that is not the data folder. */
  folder: string
  /** Ends this process's use of the server; with its last user the server stops. */
  stop(): Promise<void>
}

type Found = { port: number; launched: Launched | undefined }
type Starter = {
  cluster: Cluster
  place: Place
  programs: Programs
  durable: boolean
  use: number
  limit: Limit
}

const WAIT_MS = 50
/** A recovery after a crash takes its time. */
const LIMIT_MS = 60_000
/** A lock file whose port nobody answers for this long belongs to no server. */
const STALE_AFTER_MS = 3_000
const STOP_WAIT_MS = 3_000
/** Another process starts at this moment, the one before still stops, or somebody took the port. */
const PASSING_FAILURE = /could not bind|lock file|shared memory block .* is still in use/

function startLimit({ serverLog }: Cluster, limitMs: number): Limit {
  const until = performance.now() + limitMs
  return {
    check() {
      if (performance.now() < until) return
      const said = lastLines(readFileSync(serverLog, 'utf8'))
      throw new EmbeddedPostgresError(
        `PostgreSQL did not become ready in ${limitMs / 1000} s. It said last:\n${said}`,
      )
    },
  }
}

/** @returns undefined where another server or a passing failure stood in the way */
async function launch({ cluster, place, programs, durable, limit }: Starter): Promise<Found | undefined> {
  const size = logSize(cluster)
  const { account } = place
  const port = await freePort()
  const launched = spawnServer(cluster, { postgres: programs.postgres, account, port, durable })
  if (await becameReady(cluster, launched, limit)) return { port, launched }
  const output = logSince(cluster, size)
  if (PASSING_FAILURE.test(output)) return undefined
  throw new EmbeddedPostgresError(`PostgreSQL in ${cluster.folder} did not start:\n${lastLines(output)}`)
}

/** Joins the server that runs on this data, or launches one. */
async function findOrLaunch(starter: Starter): Promise<Found> {
  const { cluster, use, limit } = starter
  let judged = { lockFile: readLockFile(cluster), since: performance.now() }
  for (;;) {
    const lockFile = readLockFile(cluster)
    const port = lockedPort(lockFile)
    const answer = port === undefined ? 'absent' : await probe(urlOf(cluster, port))
    if (port !== undefined && answer === 'ready' && (await isNoted(cluster, use)))
      return { port, launched: undefined }
    if (answer !== 'absent' || lockFile !== judged.lockFile) judged = { lockFile, since: performance.now() }
    const found = answer === 'absent' ? await launch(starter) : undefined
    if (found !== undefined) return found
    if (lockFile !== undefined && performance.now() - judged.since > STALE_AFTER_MS)
      removeLockFile(cluster, lockFile)
    limit.check()
    await delay(WAIT_MS)
  }
}

/**
 * Starts the PostgreSQL that npm brings, on data that stays in a folder, or joins the one that already runs there.
 * It listens on 127.0.0.1 only, with a random password, and stops with the last process that uses it, even if
 * that is killed.
 * @throws EmbeddedPostgresError that says what to do or what the server said last
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataFolder, durable = true, log = () => {}, limitMs = LIMIT_MS } = options
  const place = choosePlace(dataFolder)
  prepareBase(place)
  const programs = await preparePrograms(place)
  const cluster = await prepareCluster(place, programs, { durable, log })
  // For reading too, so that opening does not wait for a reader. Held from before the search: a server that is
  // found cannot stop any more.
  const use = openSync(cluster.users, constants.O_RDWR)
  try {
    const limit = startLimit(cluster, limitMs)
    const { port, launched } = await findOrLaunch({ cluster, place, programs, durable, use, limit })
    return { url: urlOf(cluster, port), folder: cluster.folder, stop: () => stop(use, launched) }
  } catch (error) {
    closeSync(use)
    throw error
  }
}

/** Waits for the end of a server of ours, but not for ever: another process may still use it. */
async function stop(use: number, launched: Launched | undefined): Promise<void> {
  closeSync(use)
  const timer = new AbortController()
  await Promise.race([
    launched?.exited,
    delay(STOP_WAIT_MS, undefined, { signal: timer.signal }).catch(() => {}),
  ])
  timer.abort()
}
