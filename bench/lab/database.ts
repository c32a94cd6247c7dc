import { readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { choosePlace } from '../../src/platform/database/embedded/place.ts'
import { startEmbeddedPostgres } from '../../src/platform/database/embedded-postgres.ts'
import { BENCH_FOLDER } from './folder.ts'

const DATA_FOLDER = join(BENCH_FOLDER, 'postgres')

/** The one PostgreSQL that every system works on, each in a database of its own. */
export type Postgres = {
  /** Makes an empty database. @returns its URL */
  create(name: string): Promise<string>
  /** The process that all its processes descend from. */
  pid: number
  /** Where the server logs. */
  serverLog: string
  stop(): Promise<void>
}

async function removeData(): Promise<void> {
  await rm(choosePlace(DATA_FOLDER).cluster, { recursive: true, force: true })
  await rm(DATA_FOLDER, { recursive: true, force: true })
}

export async function query(url: string, text: string, values: unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query({ text, values })
  } finally {
    await client.end()
  }
}

/** Its own are for the smallest machines: 128 MB, and a checkpoint as soon as 1 GB was written. */
const SETTINGS = ["shared_buffers = '1GB'", "max_wal_size = '4GB'"]

/** Starts an embedded server as production would run it: every commit reaches the disk. */
export async function startPostgres(): Promise<Postgres> {
  await removeData()
  await mkdir(DATA_FOLDER, { recursive: true })
  const first = await startEmbeddedPostgres({ dataFolder: DATA_FOLDER })
  for (const setting of SETTINGS) await query(first.url, `ALTER SYSTEM SET ${setting}`)
  await first.stop()
  const { url, folder, stop } = await startEmbeddedPostgres({ dataFolder: DATA_FOLDER })
  return {
    pid: Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n', 1)[0]),
    serverLog: join(folder, 'server.log'),
    async create(name) {
      await query(url, `CREATE DATABASE ${name}`)
      const own = new URL(url)
      own.pathname = `/${name}`
      return own.href
    },
    async stop() {
      await stop()
      await removeData()
    },
  }
}
