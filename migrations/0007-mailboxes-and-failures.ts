import { type Kysely, sql } from 'kysely'
import { foldCase } from '../src/platform/text.ts'
import { canonicalEmail } from '../src/users/email-address.ts'
import { hasOldTablesAside } from './fastapi/old-tables.ts'

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was then, not today's types
type Schema = Kysely<any>

/** Columns with an address that may have been stored with a domain in Unicode. */
const ADDRESSES = [
  ['users', 'pending_email'],
  ['pending_registrations', 'email'],
  ['one_time_codes', 'new_email'],
] as const

/** Whether a column holds more than ASCII. */
function isUnicode(column: string) {
  return sql<boolean>`octet_length(${sql.ref(column)}) > char_length(${sql.ref(column)})`
}

const MOST_CHARACTERS = 254

/** The canonical form of an address; one that is too long in ASCII keeps its form, and is found by it. */
function storable(email: string): string {
  const canonical = canonicalEmail(email)
  return canonical.length <= MOST_CHARACTERS ? canonical : email
}

async function rewriteAddresses(db: Schema): Promise<void> {
  for (const [table, column] of ADDRESSES) {
    const name = sql.ref(column)
    const { rows } = await sql<{ id: string; email: string }>`
      SELECT id, ${name} AS email FROM ${sql.table(table)} WHERE ${isUnicode(column)}`.execute(db)
    for (const { id, email } of rows) {
      await sql`UPDATE ${sql.table(table)} SET ${name} = ${storable(email)} WHERE id = ${id}`.execute(db)
    }
  }
}

/** An account whose new form belongs to another account keeps its form, and is found by it. */
async function moveUser(db: Schema, id: string, email: string): Promise<void> {
  await sql`UPDATE users SET email = ${email}
    WHERE id = ${id} AND NOT EXISTS (SELECT FROM users AS other WHERE other.email = ${email})`.execute(db)
}

async function rewriteUsers(db: Schema): Promise<void> {
  const { rows } = await sql<{ id: string; email: string }>`
    SELECT id, email FROM users WHERE ${isUnicode('email')} ORDER BY created_at, id`.execute(db)
  for (const { id, email } of rows) await moveUser(db, id, storable(email))
}

/** The form of an address before this migration: its domain was folded like the rest, so that `ß` became `ss`. */
function foldedWhole(text: string): string {
  const folded = foldCase(text.normalize('NFKC')).normalize('NFKC').trim()
  return folded === text ? text : foldedWhole(folded)
}

/** Users of the FastAPI version proved the address there; one whose domain was folded into another gets it back. */
async function restoreDomains(db: Schema): Promise<void> {
  if (!(await hasOldTablesAside(db))) return
  const { rows } = await sql<{ id: string; now: string; original: string }>`
    SELECT u.id, u.email AS now, old.email AS original FROM users u
    JOIN fastapi_users old ON lower(old.id) = u.id::text
    WHERE old.is_verified AND ${isUnicode('old.email')}`.execute(db)
  for (const { id, now, original } of rows) {
    const email = canonicalEmail(original)
    const isUnchanged = now === foldedWhole(original) || now === canonicalEmail(foldedWhole(original))
    if (isUnchanged && email !== now) await moveUser(db, id, storable(email))
  }
}

/** Stores domains in ASCII, and counts failures apart from attempts in progress. */
export async function up(db: Schema): Promise<void> {
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await sql`ALTER TABLE rate_limits ADD COLUMN failures integer NOT NULL DEFAULT 0`.execute(db)
  await sql`UPDATE rate_limits SET failures = points WHERE key LIKE 'sign_in_failures_%'`.execute(db)
  await rewriteUsers(db)
  await restoreDomains(db)
  await rewriteAddresses(db)
}

/** Addresses stay as they are: a domain in ASCII was always a valid form. */
export async function down(db: Schema): Promise<void> {
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await sql`ALTER TABLE rate_limits DROP COLUMN failures`.execute(db)
}
