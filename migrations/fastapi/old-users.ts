import { type Kysely, sql } from 'kysely'
import { canonicalEmail, isEmailAddress } from '../../src/users/email-address.ts'
import { canonicalPhone, isPhone } from '../../src/users/phone.ts'

/** A verified user of the FastAPI version; only these are carried over. Its columns allow more than ours. */
export type OldUser = {
  id: string
  name: string | null
  email: string | null
  username: string | null
  password: string | null
  phone: string | null
}

const BATCH_SIZE = 5_000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/

/** Reads the verified users in order of id, a batch at a time, so that a million need no more memory than a few. */
export async function* verifiedUsers(db: Kysely<unknown>, table: string): AsyncGenerator<OldUser[]> {
  let batch = await readBatch(db, table, undefined)
  while (batch.length > 0) {
    yield batch
    batch = await readBatch(db, table, batch.at(-1)?.id)
  }
}

async function readBatch(db: Kysely<unknown>, table: string, after: string | undefined): Promise<OldUser[]> {
  const beyond = after === undefined ? sql`` : sql`AND id > ${after}`
  const { rows } = await sql<OldUser>`
    SELECT id, name, email, username, password, phone FROM ${sql.table(table)}
    WHERE is_verified ${beyond} ORDER BY id LIMIT ${sql.lit(BATCH_SIZE)}`.execute(db)
  return rows
}

/** What of a user would not fit the new schema, in words that show no value. */
export function problemsOf(user: OldUser): string[] {
  const { id, name, email, username, password, phone } = user
  const checks: [boolean, string][] = [
    [UUID.test(id), 'the id is no UUID'],
    [name !== null && name !== '' && [...name].length <= 50, 'the name is not 1 to 50 characters long'],
    [email !== null && isEmailAddress(canonicalEmail(email)), 'the e-mail address is not valid'],
    [!username?.includes('@'), 'the username has an @'],
    [
      username !== null && /^([\w-]{3,50}|.*@.*)$/su.test(username),
      'the username is not 3 to 50 letters (A to Z), digits, dashes and underscores',
    ],
    [password !== null && BCRYPT.test(password), 'the password is no bcrypt hash'],
    [isPhone(phone ?? ''), 'the phone number is not valid'],
  ]
  return checks.flatMap(([fits, problem]) => (fits ? [] : [problem]))
}

/** The number as the new version keeps it; none where the old one kept an empty text. */
export function movedPhone({ phone }: OldUser): string | null {
  return canonicalPhone(phone ?? '') || null
}

/** The address as the new version keeps it. Users without one do not pass the checks. */
export function movedEmail({ email }: OldUser): string {
  return canonicalEmail(email ?? '')
}
