import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { normaliseDatabaseUrl } from '../src/platform/config/database-settings.ts'
import { openDatabase } from '../src/platform/database/database.ts'
import { choosePlace } from '../src/platform/database/embedded/place.ts'
import { startEmbeddedPostgres } from '../src/platform/database/embedded-postgres.ts'
import { migrateUp } from '../src/platform/database/migrator.ts'
import { administer, withDatabase } from './database.ts'

/** The server that a run of the tests works on, and its database to clone. */
export type TestServer = { url: string; template: string; close(): Promise<void> }

const DATA_FOLDER = join(import.meta.dirname, '../.data')
const FOLDER_OF_RUN = /^test-(\d+)$/

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function removeData(dataFolder: string): Promise<void> {
  await rm(choosePlace(dataFolder).cluster, { recursive: true, force: true })
  await rm(dataFolder, { recursive: true, force: true })
}

/** A run that was killed leaves its data behind; the next one clears up. */
async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(DATA_FOLDER)) {
    const pid = Number(FOLDER_OF_RUN.exec(name)?.[1])
    if (pid > 0 && !isAlive(pid)) await removeData(join(DATA_FOLDER, name))
  }
}

async function startOwnServer(): Promise<{ url: string; stop(): Promise<void> }> {
  mkdirSync(DATA_FOLDER, { recursive: true })
  await removeLeftovers()
  const dataFolder = join(DATA_FOLDER, `test-${process.pid}`)
  mkdirSync(dataFolder)
  const { url, stop } = await startEmbeddedPostgres({ dataFolder, durable: false })
  return {
    url,
    async stop() {
      await stop()
      await removeData(dataFolder)
    },
  }
}

function givenServer(text: string): { url: string; stop(): Promise<void> } {
  const result = normaliseDatabaseUrl(text)
  if ('problem' in result) throw new Error(`DATABASE_URL ${result.problem}`)
  return { url: result.url, stop: async () => {} }
}

async function makeTemplate(serverUrl: string): Promise<string> {
  const template = `crypalgos_test_${randomBytes(4).toString('hex')}`
  await administer(serverUrl, `CREATE DATABASE ${template} TEMPLATE template0`)
  const url = withDatabase(serverUrl, template)
  const database = openDatabase({ url, poolSize: 2, preparedStatements: false, queryTimeoutMs: 0 })
  try {
    await migrateUp(database, pino({ level: 'warn' }))
  } finally {
    await database.db.destroy()
  }
  // A database that somebody is connected to cannot be cloned.
  await administer(serverUrl, `ALTER DATABASE ${template} ALLOW_CONNECTIONS false`)
  return template
}

async function dropDatabases(serverUrl: string, template: string): Promise<void> {
  const { rows } = await administer(
    serverUrl,
    `SELECT datname FROM pg_database WHERE datname LIKE '${template}%'`,
  )
  for (const { datname } of rows)
    await administer(serverUrl, `DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`)
}

/**
 * The server of `DATABASE_URL` (PostgreSQL 15 or newer, where databases may be created), else an embedded one of
 * this run alone. Closing it leaves nothing behind.
 */
export async function openTestServer(databaseUrl: string | undefined): Promise<TestServer> {
  const { url, stop } = databaseUrl ? givenServer(databaseUrl) : await startOwnServer()
  try {
    const template = await makeTemplate(url)
    const close = async (): Promise<void> => {
      if (databaseUrl) await dropDatabases(url, template)
      await stop()
    }
    return { url, template, close }
  } catch (error) {
    await stop()
    throw error
  }
}
