import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { CompiledQuery, sql } from 'kysely'
import { type Db, type OpenDatabase, openDatabase } from '../src/platform/database/database.ts'
import { migrateDown, migrateUp } from '../src/platform/database/migrator.ts'
import { createLogger } from '../src/platform/logging.ts'
import { createEmptyDatabase, type TestDatabase } from '../test/database.ts'

const log = createLogger({ environment: 'test', logLevel: 'silent' })
const BCRYPT = '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW'
const ADA = '3f2b8c1e-0a4d-4f7e-9b61-5d2c7a8e9f01'
const BOB = '8a1d5e90-7c3b-4e2f-8d46-1b0f9c7e6a52'
const EVE = 'c64f0b27-5e9a-4d13-a7c8-2e8b6d4f1093'

/** The tables as the FastAPI version's Alembic revisions leave them: its columns, and SQLAlchemy's names. */
const OLD_SCHEMA = `
  CREATE TABLE alembic_version (
    version_num varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
  INSERT INTO alembic_version VALUES ('9f2c1b7a4e60');
  CREATE TABLE users (
    id varchar(150) NOT NULL, name varchar(50) NOT NULL, email varchar(100) NOT NULL, username varchar(50) NOT NULL,
    password varchar(100) NOT NULL, country_code integer, phone varchar(10), is_verified boolean NOT NULL,
    verification_code varchar(36), verification_code_expiry timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz DEFAULT now(),
    PRIMARY KEY (id), UNIQUE (email), UNIQUE (phone));
  CREATE UNIQUE INDEX ix_users_username ON users (username);
  CREATE INDEX ix_users_id ON users (id);
  CREATE TABLE sessions (
    id varchar(150) NOT NULL, refresh_token varchar(500) NOT NULL, expires_at timestamptz NOT NULL,
    user_id varchar(150) NOT NULL, user_agent varchar(255), ip_address varchar(45),
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz DEFAULT now(),
    PRIMARY KEY (id), FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE);
  CREATE INDEX ix_sessions_user_id ON sessions (user_id);
`

type OldRow = {
  id: string
  name: string | null
  email: string | null
  username: string | null
  password: string | null
  country_code: number | null
  phone: string | null
  is_verified: boolean | null
  created_at: string | null
  updated_at: string | null
}

const ada: OldRow = {
  id: ADA,
  name: 'Ada',
  email: 'Ada@Example.COM',
  username: 'Ada_L',
  password: BCRYPT,
  country_code: 44,
  phone: '2071838750',
  is_verified: true,
  created_at: '2024-03-01 10:20:30.123456+00',
  updated_at: '2024-05-06 07:08:09.654321+00',
}

/** Another user, who is nobody's double. */
function other(id: string, changes: Partial<OldRow>): OldRow {
  const short = id.slice(0, 8)
  return { ...ada, id, email: `${short}@example.com`, username: short, phone: null, ...changes }
}

let empty: TestDatabase
let database: OpenDatabase
let db: Db

beforeEach(async () => {
  empty = await createEmptyDatabase()
  database = openDatabase({ url: empty.url, poolSize: 2, preparedStatements: true, queryTimeoutMs: 0 })
  db = database.db
})
afterEach(async () => {
  await database.db.destroy()
  await empty.drop()
})

async function run(text: string, values: unknown[] = []): Promise<void> {
  await db.executeQuery(CompiledQuery.raw(text, values))
}

async function buildOld(rows: OldRow[], change = ''): Promise<void> {
  await run(OLD_SCHEMA + change)
  for (const row of rows) {
    const names = Object.keys(row)
    await run(
      `INSERT INTO users (${names.join(', ')}) VALUES (${names.map((_name, index) => `$${index + 1}`).join(', ')})`,
      Object.values(row),
    )
  }
}

/** Lets the old tables hold what their columns forbid, as hand-made changes do. */
const LOOSE = `
  ALTER TABLE users ALTER name DROP NOT NULL, ALTER email DROP NOT NULL, ALTER username DROP NOT NULL,
    ALTER password DROP NOT NULL, ALTER is_verified DROP NOT NULL, ALTER created_at DROP NOT NULL,
    ALTER name TYPE text, ALTER phone TYPE text;`

/** Everything that lies in the public schema, by name and shape, and the rows of some tables. */
async function snapshot(tables: string[]): Promise<unknown> {
  const relations = await sql`
    SELECT relname, relkind FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'kysely_%' ORDER BY relname`.execute(db)
  const constraints = await sql`
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'kysely_%'
    ORDER BY 1, 2`.execute(db)
  const rows = await Promise.all(
    tables.map((table) => sql`SELECT t::text FROM ${sql.table(table)} t ORDER BY 1`.execute(db)),
  )
  return { relations: relations.rows, constraints: constraints.rows, rows: rows.map((result) => result.rows) }
}

async function newUsers(): Promise<Record<string, unknown>[]> {
  const { rows } = await sql<Record<string, unknown>>`
    SELECT id, name, email, username, password_hash, country_code, phone, pending_email,
           (created_at AT TIME ZONE 'UTC')::text AS created_at, (updated_at AT TIME ZONE 'UTC')::text AS updated_at
    FROM users ORDER BY id`.execute(db)
  return rows
}

async function refusal(): Promise<string> {
  const error: unknown = await migrateUp(database, log).then(
    () => assert.fail('the migration went through'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Error)
  return error.message
}

const OLD_TABLES = ['users', 'sessions', 'alembic_version']

test('an empty database is migrated up, down to nothing, and up again', async () => {
  await migrateUp(database, log)
  assert.deepEqual(await newUsers(), [])
  while ((await migrateDown(db)).length > 0);
  assert.deepEqual(await snapshot([]), { relations: [], constraints: [], rows: [] })
  assert.ok((await migrateUp(database, log)).length >= 3)
})

test('verified users move over with id, password and timestamps; the others and all sessions stay behind', async () => {
  const unverified = other(BOB, { is_verified: false })
  const bare = other(EVE, { phone: '', country_code: null, username: 'e-E', updated_at: null })
  await buildOld([ada, unverified, bare])
  await run(`INSERT INTO sessions (id, refresh_token, expires_at, user_id) VALUES ('1', 't', now(), $1)`, [
    ADA,
  ])
  await migrateUp(database, log)
  const moved = {
    name: 'Ada',
    password_hash: BCRYPT,
    pending_email: null,
    created_at: '2024-03-01 10:20:30.123456',
  }
  assert.deepEqual(await newUsers(), [
    {
      ...moved,
      id: ADA,
      email: 'ada@example.com',
      username: 'Ada_L',
      country_code: 44,
      phone: '2071838750',
      updated_at: '2024-05-06 07:08:09.654321',
    },
    {
      ...moved,
      id: EVE,
      email: 'c64f0b27@example.com',
      username: 'e-E',
      country_code: null,
      phone: null,
      updated_at: '2024-03-01 10:20:30.123456',
    },
  ])
  const { rows } = await sql`SELECT * FROM sessions`.execute(db)
  assert.deepEqual(rows, [])
})

test('all old names are put aside, and down gives the old tables back exactly, any number of times', async () => {
  const long = `ix_users_${'n'.repeat(54)}`
  await buildOld(
    [ada, other(BOB, { is_verified: false })],
    `ALTER TABLE users ADD row_number serial;
     CREATE INDEX sessions_by_user ON sessions (user_id, created_at);
     CREATE INDEX fastapi_own ON users (name);
     CREATE INDEX ${long} ON users (name);`,
  )
  const before = await snapshot(OLD_TABLES)
  for (let round = 0; round < 2; round += 1) {
    await migrateUp(database, log)
    const { rows } = await sql<{ name: string }>`
      SELECT relname AS name FROM pg_class WHERE relname LIKE 'fastapi%' OR relname = ${long} ORDER BY 1`.execute(
      db,
    )
    assert.deepEqual(
      rows.map(({ name }) => name),
      [
        'fastapi_alembic_version',
        'fastapi_alembic_version_pkc',
        'fastapi_fastapi_own',
        'fastapi_ix_sessions_user_id',
        'fastapi_ix_users_id',
        'fastapi_ix_users_username',
        'fastapi_sessions',
        'fastapi_sessions_by_user',
        'fastapi_sessions_pkey',
        'fastapi_users',
        'fastapi_users_email_key',
        'fastapi_users_phone_key',
        'fastapi_users_pkey',
        'fastapi_users_row_number_seq',
        long,
      ],
    )
    while ((await migrateDown(db)).length > 0);
    assert.deepEqual(await snapshot(OLD_TABLES), before)
  }
})

const REFUSED: [string, Partial<OldRow>, string][] = [
  ['an id that is no UUID', { id: 'user-1' }, 'the id is no UUID'],
  ['no name', { name: null }, 'the name is not 1 to 50 characters long'],
  ['an empty name', { name: '' }, 'the name is not 1 to 50 characters long'],
  ['a longer name', { name: 'n'.repeat(51) }, 'the name is not 1 to 50 characters long'],
  ['no e-mail address', { email: null }, 'the e-mail address is not valid'],
  ['something else for an e-mail address', { email: 'nobody' }, 'the e-mail address is not valid'],
  ['a username with an @', { username: 'bob@home' }, 'the username has an @'],
  [
    'a username with a dot',
    { username: 'b.ob' },
    'the username is not 3 to 50 letters (A to Z), digits, dashes and underscores',
  ],
  [
    'a short username',
    { username: 'bo' },
    'the username is not 3 to 50 letters (A to Z), digits, dashes and underscores',
  ],
  [
    'no username',
    { username: null },
    'the username is not 3 to 50 letters (A to Z), digits, dashes and underscores',
  ],
  ['no password', { password: null }, 'the password is no bcrypt hash'],
  ['another hash', { password: 'pbkdf2:sha256:1$a$b' }, 'the password is no bcrypt hash'],
  ['a phone that is none', { phone: 'ask me' }, 'the phone number is not valid'],
]

for (const [what, changes, problem] of REFUSED) {
  test(`a verified user with ${what} stops the move before anything is changed, an unverified one does not`, async () => {
    const odd = other(BOB, changes)
    await buildOld([ada, odd], LOOSE)
    const before = await snapshot(OLD_TABLES)
    assert.equal(
      await refusal(),
      'The users of the FastAPI version cannot be moved over as they are; 1 thing(s) stand in the way:\n' +
        `  user ${JSON.stringify(odd.id)}: ${problem}\n` +
        'Its tables were not changed. Mend these rows there and migrate again.',
    )
    assert.deepEqual(await snapshot(OLD_TABLES), before)
    await run('UPDATE users SET is_verified = CASE WHEN id = $1 THEN true END', [ADA])
    await migrateUp(database, log)
    assert.deepEqual(
      (await newUsers()).map(({ id }) => id),
      [ADA],
    )
  })
}

const COLLIDING: [string, Partial<OldRow>, string][] = [
  ['an e-mail address', { email: ' ＡＤＡ@example.com' }, 'e-mail address'],
  ['a username', { username: 'aDA_l' }, 'username'],
  ['an id', { id: ADA.toUpperCase() }, 'id'],
]

for (const [what, changes, name] of COLLIDING) {
  test(`two verified users with ${what} that is the same after folding stop the move before anything is changed`, async () => {
    const twin = other(BOB, changes)
    await buildOld([ada, twin])
    const before = await snapshot(OLD_TABLES)
    const ids = [ADA, twin.id].sort().map((id) => JSON.stringify(id))
    assert.ok(
      (await refusal()).includes(`\n  users ${ids.join(', ')}: they have the same ${name}, but for case`),
    )
    assert.deepEqual(await snapshot(OLD_TABLES), before)
    await run('UPDATE users SET is_verified = false WHERE id = $1', [twin.id])
    await migrateUp(database, log)
    assert.deepEqual(
      (await newUsers()).map(({ id }) => id),
      [ADA],
    )
  })
}

test('everything in the way is counted, and a readable number of it is listed', async () => {
  await buildOld([])
  await run(
    `INSERT INTO users (id, name, email, username, password, is_verified)
     SELECT 'id-' || n, 'N', repeat(' ', n) || 'same@example.com', 'user-' || n, $1, true FROM generate_series(1, 40) n
     UNION ALL
     SELECT gen_random_uuid()::text, 'N', 'pair-' || n || '@example.com', 'Twin-' || n, $1, true FROM generate_series(1, 90) n
     UNION ALL
     SELECT gen_random_uuid()::text, 'N', 'Pair-' || n || '@example.com', 'twin-' || n, $1, true FROM generate_series(1, 90) n`,
    [BCRYPT],
  )
  const message = await refusal()
  assert.match(message, /; 221 thing\(s\) stand in the way:/)
  assert.match(message, /users "id-1", "id-10", .* and 30 more: they have the same e-mail address/)
  assert.match(message, /\n {2}… and 121 more\n/)
  assert.equal(message.split('\n').length, 1 + 100 + 1 + 1)
})

test('odd rows that fit are moved: no timestamps, a number written for reading, capitals in the id', async () => {
  const odd = other(BOB, { id: BOB.toUpperCase(), created_at: null, updated_at: null, phone: '(020) 718-3' })
  const half = other(EVE, { created_at: null })
  await buildOld([odd, half], LOOSE)
  await migrateUp(database, log)
  const [first, second] = await newUsers()
  assert.deepEqual([first?.id, first?.phone], [BOB, '0207183'])
  assert.notEqual(first?.created_at, null)
  assert.equal(second?.created_at, '2024-05-06 07:08:09.654321')
})

test('a table "users" that is not the old one at its last revision is refused by what is missing', async () => {
  await buildOld([], 'DROP TABLE sessions; ALTER TABLE users DROP phone;')
  assert.match(
    await refusal(),
    /missing: users\.phone, sessions\. Bring that version to its last Alembic revision/,
  )
})

test('an old server that holds its tables stops the move after a while, and nothing is changed', async () => {
  await buildOld([ada])
  const before = await snapshot(OLD_TABLES)
  const holder = await database.pool.connect()
  try {
    await holder.query('BEGIN; SELECT 1 FROM users')
    const blocked = openDatabase({ url: empty.url, poolSize: 2, preparedStatements: true, queryTimeoutMs: 0 })
    await assert.rejects(migrateUp(blocked, log), { code: '55P03' })
    await blocked.db.destroy()
  } finally {
    await holder.query('ROLLBACK')
    holder.release()
  }
  assert.deepEqual(await snapshot(OLD_TABLES), before)
})

test('50,000 users move over in batches, each as it was', async () => {
  await buildOld([])
  await run(
    `INSERT INTO users (id, name, email, username, password, phone, is_verified)
     SELECT md5(n::text)::uuid::text, 'Name ' || n, 'User-' || n || '@Example.com', 'User-' || n, $1, NULL, n % 10 <> 0
     FROM generate_series(1, 50000) n`,
    [BCRYPT],
  )
  await migrateUp(database, log)
  const { rows } = await sql<{ users: string; right: string }>`
    SELECT count(*) AS users, count(*) FILTER (WHERE new.id::text = old.id AND new.email = lower(old.email)
      AND new.username = old.username AND new.password_hash = old.password AND new.created_at = old.created_at) AS right
    FROM users new JOIN fastapi_users old ON old.id = new.id::text AND old.is_verified`.execute(db)
  assert.deepEqual(rows, [{ users: '45000', right: '45000' }])
})
