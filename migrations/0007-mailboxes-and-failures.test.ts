import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import { createTestDatabase, type TestDatabase } from '../test/database.ts'
import { down, up } from './0007-mailboxes-and-failures.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
  await database.db.transaction().execute(down)
})
after(() => database.drop())

async function addUser(email: string, pendingEmail: string | null = null): Promise<string> {
  const id = randomUUID()
  await sql`INSERT INTO users (id, name, email, username, password_hash, pending_email, pending_email_expires_at,
      created_at, updated_at)
    VALUES (${id}, 'Ada', ${email}, ${`u${id.slice(0, 8)}`}, 'x', ${pendingEmail},
      ${pendingEmail && new Date()}, clock_timestamp(), clock_timestamp())`.execute(database.db)
  return id
}

async function emailOf(id: string): Promise<string> {
  const { rows } = await sql<{ email: string }>`SELECT email FROM users WHERE id = ${id}`.execute(database.db)
  return rows[0]?.email ?? ''
}

test('a database with data gets its domains in ASCII, and no account loses its address to another', async () => {
  const { db } = database
  const plain = await addUser('ada@strasse.example')
  const unicode = await addUser('zoé@bücher.example', 'zoé@käse.example')
  const pair = [await addUser('two@xn--bcher-kva.example'), await addUser('two@bücher.example')]
  const odd = await addUser('odd@xא1.example')
  const longDomain = `${'ü.'.repeat(60)}example`
  const long = await addUser(`${'l'.repeat(64)}@${longDomain}`)
  // Moved from the FastAPI version with a domain that was folded into another one; the last has a new address since.
  const moved = await addUser('m@gross.example')
  const taken = await addUser('t@gross.example')
  const changed = await addUser('new@gross.example')
  await addUser('t@groß.example')
  await sql`CREATE TABLE fastapi_users (id text, email text, is_verified boolean)`.execute(db)
  await sql`INSERT INTO fastapi_users VALUES (${moved.toUpperCase()}, 'M@Groß.example', true),
    (${taken}, 'T@GROẞ.example', true), (${changed}, 'old@groß.example', true),
    (${plain}, 'ada@strasse.example', true)`.execute(db)
  const registration = randomUUID()
  await sql`INSERT INTO pending_registrations VALUES
    (${registration}, 'Ada', 'p@bücher.example', 'ada', 'x', now(), now())`.execute(db)
  await sql`INSERT INTO one_time_codes (id, key_id, purpose, user_id, new_email, created_at, expires_at)
    VALUES (${randomUUID()}, 'k', 'email_change', ${unicode}, 'zoé@käse.example', now(), now())`.execute(db)
  await sql`INSERT INTO rate_limits VALUES ('sign_in_failures_here:a', 7, 9), ('mails_repeat:a', 7, 9)`.execute(
    db,
  )

  await db.transaction().execute(up)

  assert.equal(await emailOf(plain), 'ada@strasse.example')
  assert.equal(await emailOf(unicode), 'zoé@xn--bcher-kva.example')
  assert.deepEqual(await Promise.all(pair.map(emailOf)), ['two@xn--bcher-kva.example', 'two@bücher.example'])
  assert.equal(await emailOf(odd), 'odd@xא1.example')
  assert.equal(await emailOf(long), `${'l'.repeat(64)}@${longDomain}`)
  assert.equal(await emailOf(moved), 'm@xn--gro-7ka.example')
  assert.equal(await emailOf(taken), 't@gross.example')
  assert.equal(await emailOf(changed), 'new@gross.example')
  const { rows } = await sql<{ form: string }>`
    SELECT email AS form FROM pending_registrations UNION ALL SELECT new_email FROM one_time_codes
    UNION ALL SELECT pending_email FROM users WHERE pending_email IS NOT NULL`.execute(db)
  assert.deepEqual(
    rows.map(({ form }) => form),
    ['p@xn--bcher-kva.example', 'zoé@xn--kse-qla.example', 'zoé@xn--kse-qla.example'],
  )
  const limits = await sql<{ failures: number }>`SELECT failures FROM rate_limits ORDER BY key DESC`.execute(
    db,
  )
  assert.deepEqual(
    limits.rows.map(({ failures }) => failures),
    [7, 0],
  )
})
