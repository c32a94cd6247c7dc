import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { type OpenDatabase, openDatabase } from '../src/platform/database/database.ts'

/** What `test/run.ts` tells the test files: the maintenance database of a server, and the template to clone. */
export const SERVER_VARIABLE = 'TEST_DATABASE_SERVER'
export const TEMPLATE_VARIABLE = 'TEST_DATABASE_TEMPLATE'

export type TestDatabase = OpenDatabase & {
  url: string
  /** Closes the pool and removes the database, whoever else is still connected. */
  drop(): Promise<void>
}

export function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

/** Runs one statement that cannot be in a transaction. Names are the caller's own, never input. */
export async function administer(serverUrl: string, statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    return await client.query(statement)
  } finally {
    await client.end()
  }
}

function setByRunner(name: string): string {
  const value = process.env[name]
  if (value === undefined) {
    throw new Error('This test needs a database: run it by "make test FILE=path/of/it.test.ts".')
  }
  return value
}

async function create(
  definition: (name: string) => string,
  server: string,
  prefix: string,
): Promise<TestDatabase> {
  const name = `${prefix}_${randomBytes(6).toString('hex')}`
  await administer(server, definition(name))
  const url = withDatabase(server, name)
  const database = openDatabase({ url, poolSize: 10, preparedStatements: true })
  const drop = async (): Promise<void> => {
    await database.db.destroy()
    await administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  }
  return { ...database, url, drop }
}

/**
 * A database of one's own with the newest schema, cloned from the template: 10 ms by file copy, against 25 by WAL.
 * Nobody can connect to the template, so clones can be made at once.
 */
export function createTestDatabase(): Promise<TestDatabase> {
  const template = setByRunner(TEMPLATE_VARIABLE)
  const definition = (name: string) => `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`
  return create(definition, setByRunner(SERVER_VARIABLE), template)
}

/** The same without any schema, for tests of the migrations. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  const definition = (name: string) => `CREATE DATABASE ${name} TEMPLATE template0 STRATEGY file_copy`
  return create(definition, setByRunner(SERVER_VARIABLE), setByRunner(TEMPLATE_VARIABLE))
}
