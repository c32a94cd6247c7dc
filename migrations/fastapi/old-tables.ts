import { type Kysely, sql } from 'kysely'

const PREFIX = 'fastapi_'
/** What PostgreSQL keeps of a name, in bytes. Ours are far shorter, so a name near this length cannot collide. */
const MAX_NAME_BYTES = 63

const TABLES = ['users', 'sessions', 'alembic_version']
const USER_COLUMNS = [
  'id',
  'name',
  'email',
  'username',
  'password',
  'country_code',
  'phone',
  'is_verified',
  'created_at',
  'updated_at',
]

async function tableExists(db: Kysely<unknown>, name: string): Promise<boolean> {
  const { rows } = await sql`SELECT 1 WHERE to_regclass(${name}) IS NOT NULL`.execute(db)
  return rows.length > 0
}

async function columnsOf(db: Kysely<unknown>, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT attname AS name FROM pg_attribute
    WHERE attrelid = to_regclass(${table}) AND attnum > 0 AND NOT attisdropped`.execute(db)
  return rows.map(({ name }) => name)
}

/**
 * Whether this is a database of the FastAPI version. Only that one has a table `users` before our first migration.
 * @throws where there is such a table but not as the FastAPI version's last revision left it
 */
export async function findOldTables(db: Kysely<unknown>): Promise<boolean> {
  const columns = await columnsOf(db, 'users')
  if (columns.length === 0) return false
  const missing = USER_COLUMNS.filter((column) => !columns.includes(column)).map(
    (column) => `users.${column}`,
  )
  for (const table of TABLES) {
    if (!(await tableExists(db, table))) missing.push(table)
  }
  if (missing.length === 0) return true
  throw new Error(
    `There is a table "users" that is not the FastAPI version's at its last revision; missing: ${missing.join(', ')}. ` +
      'Bring that version to its last Alembic revision first, or use an empty database. Nothing was changed.',
  )
}

/** The names that belong to a table and share one name space with all others: its indexes and sequences. */
async function belongings(db: Kysely<unknown>, table: string): Promise<{ name: string; kind: string }[]> {
  const { rows } = await sql<{ name: string; kind: string }>`
    SELECT relname AS name, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'INDEX' END AS kind FROM pg_class
    WHERE oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = to_regclass(${table}))
       OR relkind = 'S' AND oid IN (SELECT objid FROM pg_depend WHERE refobjid = to_regclass(${table}))
    ORDER BY relname`.execute(db)
  return rows
}

async function rename(db: Kysely<unknown>, kind: string, from: string, to: string): Promise<void> {
  await sql`ALTER ${sql.raw(kind)} ${sql.id(from)} RENAME TO ${sql.id(to)}`.execute(db)
}

async function renameWhole(
  db: Kysely<unknown>,
  table: string,
  renamed: (name: string) => string,
): Promise<void> {
  for (const { name, kind } of await belongings(db, table)) {
    if (renamed(name) !== name) await rename(db, kind, name, renamed(name))
  }
  await rename(db, 'TABLE', table, renamed(table))
}

function withPrefix(name: string): string {
  return Buffer.byteLength(PREFIX + name) > MAX_NAME_BYTES ? name : PREFIX + name
}

function withoutPrefix(name: string): string {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name
}

/** Puts the old tables aside, with all names that belong to them. */
export async function putOldTablesAside(db: Kysely<unknown>): Promise<void> {
  for (const table of TABLES) await renameWhole(db, table, withPrefix)
}

/** Whether old tables lie aside. */
export function hasOldTablesAside(db: Kysely<unknown>): Promise<boolean> {
  return tableExists(db, withPrefix('users'))
}

/** Gives the old tables their names back. */
export async function bringOldTablesBack(db: Kysely<unknown>): Promise<void> {
  for (const table of TABLES) await renameWhole(db, withPrefix(table), withoutPrefix)
}
