import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Account, Place } from './place.ts'
import type { Programs } from './programs.ts'
import { EmbeddedPostgresError, lastLines } from './setup-error.ts'

export const DATABASE = 'crypalgos'
export const ROLE = 'crypalgos'

/** The files of one embedded database. */
export type Cluster = { folder: string; data: string; users: string; serverLog: string; password: string }

/** What a PostgreSQL program gets as environment: nothing of ours, so no PG* variable misleads it. */
export const PROGRAM_ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** A draft this old was left by a process that was killed. */
const DRAFT_MAX_AGE_MS = 10 * 60_000

/** Runs a program to its end as the account. @throws EmbeddedPostgresError with what it said last */
export async function runProgram(
  command: string,
  args: string[],
  { account, cwd, input = '' }: { account: Account; cwd: string; input?: string },
): Promise<void> {
  const child = spawn(command, args, { ...account, cwd, env: PROGRAM_ENV, stdio: 'pipe' })
  let output = ''
  const keep = (chunk: Buffer): void => {
    output += chunk.toString()
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  // A program that ends early closes its input; its exit code says so already.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (code !== 0) throw new EmbeddedPostgresError(`${basename(command)} failed:\n${lastLines(output)}`)
}

function filesOf(folder: string): Omit<Cluster, 'password'> {
  return {
    folder,
    data: join(folder, 'data'),
    users: join(folder, 'users'),
    serverLog: join(folder, 'server.log'),
  }
}

function passwordFile(folder: string): string {
  return join(folder, 'password')
}

async function removeOldDrafts(cluster: string): Promise<void> {
  const parent = dirname(cluster)
  const drafts = readdirSync(parent).filter((name) => name.startsWith(`${basename(cluster)}.draft-`))
  for (const draft of drafts.map((name) => join(parent, name))) {
    const age = Date.now() - statSync(draft).mtimeMs
    if (age > DRAFT_MAX_AGE_MS) await rm(draft, { recursive: true, force: true })
  }
}

async function fill(
  draft: string,
  account: Account,
  { initdb, postgres }: Programs,
  durable: boolean,
): Promise<void> {
  const { data, users, serverLog } = filesOf(draft)
  const as = { account, cwd: draft }
  const password = passwordFile(draft)
  writeFileSync(password, randomBytes(24).toString('base64url'), { mode: 0o600 })
  writeFileSync(serverLog, '', { mode: 0o600 })
  chownSync(password, account.uid, account.gid)
  await runProgram(
    initdb,
    [
      ...['--pgdata', data, '--username', ROLE, '--pwfile', password, '--auth', 'scram-sha-256'],
      ...[
        '--encoding',
        'UTF8',
        '--locale-provider',
        'builtin',
        '--builtin-locale',
        'C.UTF-8',
        '--locale',
        'C',
      ],
      ...(durable ? [] : ['--no-sync']),
    ],
    as,
  )
  await runProgram('mkfifo', ['-m', '600', users], as)
  const single = ['--single', '-D', data, ...(durable ? [] : ['-F']), 'postgres']
  await runProgram(postgres, single, { ...as, input: `CREATE DATABASE ${DATABASE}\n` })
}

/** The cluster appears whole or not at all, so of two processes that make it at once both get the same one. */
async function makeCluster({ cluster, account }: Place, programs: Programs, durable: boolean): Promise<void> {
  await removeOldDrafts(cluster)
  const draft = `${cluster}.draft-${randomUUID()}`
  mkdirSync(draft, { mode: 0o700 })
  chownSync(draft, account.uid, account.gid)
  try {
    await fill(draft, account, programs, durable)
    await rename(draft, cluster).catch(() => {})
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

function checkVersion({ data, folder }: { data: string; folder: string }, { majorVersion }: Programs): void {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  if (found === String(majorVersion)) return
  throw new EmbeddedPostgresError(
    `The data in ${folder} was made by PostgreSQL ${found}, and this version brings PostgreSQL ${majorVersion}, which cannot read it.
To begin with an empty database: remove that folder and start again.
To keep the data: check out the version that made it, start it, dump it with pg_dump, then come back, remove the folder, start, and load the dump with psql.`,
  )
}

/** The database of this place, made at the first call. @throws EmbeddedPostgresError where that fails */
export async function prepareCluster(
  place: Place,
  programs: Programs,
  { durable, log }: { durable: boolean; log: (message: string) => void },
): Promise<Cluster> {
  if (!existsSync(place.cluster)) {
    log(`Making a PostgreSQL database in ${place.cluster}`)
    await makeCluster(place, programs, durable)
  }
  const files = filesOf(place.cluster)
  checkVersion(files, programs)
  return { ...files, password: readFileSync(passwordFile(place.cluster), 'utf8') }
}
