import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { administer, createEmptyDatabase, type TestDatabase } from './database.ts'
import { killProgram, PRODUCTION, type Program, startProgram } from './programs.ts'

const ROLES = readFileSync(join(import.meta.dirname, '../deploy/postgres/roles.sql'), 'utf8')
const PASSWORDS = { owner: 'an-owner-of-the-tests', app: 'an-app-of-the-tests-too' }
type RoleName = keyof typeof PASSWORDS

let database: TestDatabase
let dataFolder = ''
before(async () => {
  database = await createEmptyDatabase()
  dataFolder = await mkdtemp(join(tmpdir(), 'crypalgos-roles-'))
})
after(async () => {
  await dropRoles(database)
  await database.drop()
  await rm(dataFolder, { recursive: true })
})

/** Performs the script as psql does: statement by statement in one session, with the passwords as settings. */
async function makeRoles({ url }: TestDatabase): Promise<void> {
  const options = Object.entries(PASSWORDS).map(
    ([role, password]) => `-c crypalgos.${role}_password=${password}`,
  )
  const client = new pg.Client({ connectionString: url, options: options.join(' ') })
  await client.connect()
  await client.query(ROLES).finally(() => client.end())
}

/** Roles belong to the whole server. */
async function dropRoles({ url }: TestDatabase): Promise<void> {
  for (const role of ['crypalgos_app', 'crypalgos_owner']) {
    await administer(url, `DROP OWNED BY ${role} CASCADE`)
    await administer(url, `DROP ROLE ${role}`)
  }
}

function urlOf(role: RoleName, { url }: TestDatabase): string {
  const own = new URL(url)
  own.username = `crypalgos_${role}`
  own.password = PASSWORDS[role]
  return own.href
}

async function migrate(url: string): Promise<void> {
  const env = { APP_ENV: 'production', ENV_FILE: '/dev/null', DATABASE_URL: url }
  const program = startProgram(['src/migrate.ts'], { env })
  assert.deepEqual(await program.ended, { code: 0, signal: null }, program.lines.join('\n'))
}

async function codeOf(url: string, statement: string): Promise<string> {
  return administer(url, statement).then(
    () => 'done',
    (error: unknown) => (error instanceof pg.DatabaseError ? String(error.code) : String(error)),
  )
}

/** Walks the demo's whole journey against a server of development, which shows the codes. */
async function walkDemo(databaseUrl: string): Promise<void> {
  const { ACCESS_TOKEN_SECRET_KEY, REFRESH_TOKEN_SECRET_KEY } = PRODUCTION
  const secrets = { ACCESS_TOKEN_SECRET_KEY, REFRESH_TOKEN_SECRET_KEY }
  const env = { APP_ENV: 'test', ENV_FILE: '/dev/null', PORT: '0', DATA_FOLDER: dataFolder, ...secrets }
  const server: Program = startProgram(['src/main.ts'], { env: { ...env, DATABASE_URL: databaseUrl } })
  try {
    const demo = startProgram(['scripts/demo.ts'], { env: { DEMO_URL: await server.url() } })
    assert.deepEqual(await demo.ended, { code: 0, signal: null }, demo.lines.slice(-20).join('\n'))
    assert.deepEqual(
      server.lines.filter((line) => /permission denied|must be owner/.test(line)),
      [],
    )
  } finally {
    await killProgram(server)
  }
}

const DENIED = '42501'
const OF_BOTH: [string, string][] = [
  ['make a database', 'CREATE DATABASE elsewhere'],
  ['make a role', 'CREATE ROLE helper'],
  ['make itself a superuser', 'ALTER ROLE CURRENT_USER SUPERUSER'],
  ['become a superuser', 'SET ROLE pg_execute_server_program'],
  ['read password hashes', 'SELECT * FROM pg_authid'],
  ['run a program', "COPY (SELECT 1) TO PROGRAM 'true'"],
  ['read a file of the server', "COPY pg_temp_nothing FROM '/etc/passwd'"],
  ['read a file by a function', "SELECT pg_read_file('/etc/passwd')"],
  ['write a file by a large object', "SELECT lo_export(1, '/tmp/x')"],
  ['change the server', "ALTER SYSTEM SET log_statement = 'all'"],
  ['reload the server', 'SELECT pg_reload_conf()'],
  ['see what other roles run', "SELECT pg_ls_dir('.')"],
  ['add an untrusted language', 'CREATE EXTENSION file_fdw'],
  ['open a replication slot', "SELECT pg_create_physical_replication_slot('x')"],
  ['make a temporary table', 'CREATE TEMPORARY TABLE mine (x int)'],
]
const OF_APP: [string, string][] = [
  ['become the owner', 'SET ROLE crypalgos_owner'],
  ['make a table', 'CREATE TABLE mine (x int)'],
  ['make a schema', 'CREATE SCHEMA mine'],
  ['make a function', 'CREATE FUNCTION mine() RETURNS int LANGUAGE sql RETURN 1'],
  [
    'make a function in the schema of jobs',
    'CREATE FUNCTION graphile_worker.mine() RETURNS int LANGUAGE sql RETURN 1',
  ],
  ['drop a table', 'DROP TABLE users'],
  ['empty a table', 'TRUNCATE account_events'],
  ['change a table', 'ALTER TABLE users ADD COLUMN admin boolean'],
  ['open the trail of events to changes', 'ALTER TABLE account_events DISABLE TRIGGER ALL'],
  [
    'put a trigger on a table',
    'CREATE TRIGGER mine AFTER INSERT ON users EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  ],
  [
    'replace a function',
    "CREATE OR REPLACE FUNCTION account_events_refuse_update() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
  ],
  ['drop the jobs', 'DROP SCHEMA graphile_worker CASCADE'],
]

describe('a database with the roles of deploy/postgres/roles.sql', { timeout: 170_000 }, () => {
  before(async () => {
    await makeRoles(database)
    await migrate(urlOf('owner', database))
  })

  it('lets the application do all that it does, from registration to a backtest and the end of the account', async () => {
    await walkDemo(urlOf('app', database))
  })

  for (const [what, statement] of OF_BOTH) {
    it(`lets neither role ${what}`, async () => {
      const expected = statement.startsWith('COPY pg_temp_nothing') ? /^(42501|42P01)$/ : /^42501$/
      assert.match(await codeOf(urlOf('app', database), statement), expected)
      assert.match(await codeOf(urlOf('owner', database), statement), expected)
    })
  }

  for (const [what, statement] of OF_APP) {
    it(`does not let the application ${what}`, async () => {
      assert.equal(await codeOf(urlOf('app', database), statement), DENIED)
    })
  }

  it('shows the application no schema that an administrator makes beside it', async () => {
    await administer(database.url, 'CREATE SCHEMA payroll; CREATE TABLE payroll.wages (x int)')
    assert.equal(await codeOf(urlOf('app', database), 'SELECT * FROM payroll.wages'), DENIED)
    assert.equal(await codeOf(urlOf('owner', database), 'SELECT * FROM payroll.wages'), DENIED)
  })

  it('lets neither role into a database with roles of its own, and nobody else into this one', async () => {
    const other = await createEmptyDatabase()
    try {
      await administer(
        other.url,
        `REVOKE CONNECT ON DATABASE ${new URL(other.url).pathname.slice(1)} FROM PUBLIC`,
      )
      for (const role of ['app', 'owner'] as const) {
        assert.equal(await codeOf(urlOf(role, other), 'SELECT 1'), DENIED)
      }
      await administer(
        database.url,
        "CREATE ROLE crypalgos_stranger LOGIN PASSWORD 'a-stranger-of-the-tests'",
      )
      const stranger = new URL(database.url)
      stranger.username = 'crypalgos_stranger'
      stranger.password = 'a-stranger-of-the-tests'
      assert.equal(await codeOf(stranger.href, 'SELECT 1'), DENIED)
    } finally {
      await administer(database.url, 'DROP ROLE IF EXISTS crypalgos_stranger')
      await other.drop()
    }
  })

  it('refuses a short password, and changes one where it is run again', async () => {
    const options = '-c crypalgos.owner_password=short -c crypalgos.app_password=short'
    const client = new pg.Client({ connectionString: database.url, options })
    await client.connect()
    await assert.rejects(client.query(ROLES), /openssl rand -hex 24/)
    await client.end()
    await administer(database.url, "ALTER ROLE crypalgos_app PASSWORD 'leaked'")
    await makeRoles(database)
    assert.equal(await codeOf(urlOf('app', database), 'SELECT 1 FROM users'), 'done')
  })
})

describe('a database that one role has owned so far', { timeout: 170_000 }, () => {
  it('is taken over with its rows, and can be migrated down and up by its new owner', async () => {
    const old = await createEmptyDatabase()
    try {
      await migrate(old.url)
      await administer(
        old.url,
        "INSERT INTO rate_limits (key, points, expire) VALUES ('kept', 1, 9999999999999)",
      )
      await makeRoles(old)
      await makeRoles(old)
      const owner = urlOf('owner', old)
      const { rows } = await administer(
        urlOf('app', old),
        "SELECT points FROM rate_limits WHERE key = 'kept'",
      )
      assert.deepEqual(rows, [{ points: 1 }])
      const foreign = await administer(
        owner,
        `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
         WHERE nspname IN ('public', 'graphile_worker') AND relowner <> 'crypalgos_owner'::regrole`,
      )
      assert.deepEqual(foreign.rows, [])
      const env = { APP_ENV: 'test', ENV_FILE: '/dev/null', DATABASE_URL: owner, DATA_FOLDER: dataFolder }
      for (const command of ['down', 'up']) {
        const program = startProgram(['scripts/migrate.ts', command], { env })
        assert.deepEqual(await program.ended, { code: 0, signal: null }, program.lines.join('\n'))
      }
      await walkDemo(urlOf('app', old))
    } finally {
      await administer(old.url, 'DROP OWNED BY crypalgos_app; DROP OWNED BY crypalgos_owner CASCADE')
      await old.drop()
    }
  })
})
