import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Tx } from '../platform/database/database.ts'
import type { CodePurpose } from '../platform/database/tables.ts'

/** Whose code it is and what for: a registration's, or a user's for one purpose. There is at most one of each. */
export type CodeSubject =
  | { purpose: 'verification'; registrationId: string }
  | { purpose: Exclude<CodePurpose, 'verification'>; userId: string }

/** A code to make; one that changes an address is for that address alone. */
export type NewCode =
  | Extract<CodeSubject, { purpose: 'verification' }>
  | { purpose: 'password_reset'; userId: string }
  | { purpose: 'email_change'; userId: string; email: string }

export type CodeRef = { id: string; keyId: string }

/** A code lives so long at most, also while its mail is delayed. */
const MAX_LIFE = '30 minutes'
/** A code lives so long from when the provider took its mail. */
const MAILED_LIFE = '10 minutes'
export const CODE_LIFE_MINUTES = 10
const MAX_TRIES = 5

function owner(code: NewCode) {
  return code.purpose === 'verification'
    ? { registration_id: code.registrationId, user_id: null }
    : { registration_id: null, user_id: code.userId }
}

/** Makes a code; the older one of the same subject is dead from then on. @returns its id */
export async function replaceCode(db: Db, code: NewCode, keyId: string, now: Date): Promise<string> {
  const id = randomUUID()
  const fresh = {
    id,
    key_id: keyId,
    new_email: code.purpose === 'email_change' ? code.email : null,
    attempts: 0,
    created_at: now,
    expires_at: sql<Date>`${now}::timestamptz + ${MAX_LIFE}::interval`,
  }
  await db
    .insertInto('one_time_codes')
    .values({ ...fresh, purpose: code.purpose, ...owner(code) })
    .onConflict((conflict) =>
      (code.purpose === 'verification'
        ? conflict.column('registration_id')
        : conflict.columns(['user_id', 'purpose'])
      ).doUpdateSet(fresh),
    )
    .execute()
  return id
}

/**
 * Counts a try on the subject's live code, before anybody compares anything. Nothing refunds it. It does not wait for
 * the disk, so that it takes as long as where there is no code.
 * @returns the code, or nothing where there is none, it has expired, or its tries are spent
 */
export async function spendTry(db: Db, subject: CodeSubject, now: Date): Promise<CodeRef | undefined> {
  const id = subject.purpose === 'verification' ? subject.registrationId : subject.userId
  const column = sql.ref(subject.purpose === 'verification' ? 'registration_id' : 'user_id')
  const { rows } = await sql<CodeRef>`
    UPDATE one_time_codes SET attempts = attempts + 1
    FROM set_config('synchronous_commit', 'off', true)
    WHERE ${column} = ${id} AND purpose = ${subject.purpose} AND attempts < ${MAX_TRIES} AND expires_at > ${now}
    RETURNING id, key_id AS "keyId"`.execute(db)
  return rows[0]
}

/** Uses a code up. Of parallel requests exactly one gets it, with the address that it is for, if any. */
export async function consumeCode(tx: Tx, id: string): Promise<{ new_email: string | null } | undefined> {
  return tx.deleteFrom('one_time_codes').where('id', '=', id).returning('new_email').executeTakeFirst()
}

/** Kills a user's codes for a purpose. */
export async function deleteCodes(db: Db, userId: string, purpose: CodePurpose): Promise<void> {
  await db.deleteFrom('one_time_codes').where('user_id', '=', userId).where('purpose', '=', purpose).execute()
}

export type CodeToMail = {
  id: string
  key_id: string
  purpose: CodePurpose
  to: string
  name: string
  username: string
}

/**
 * What the mail of a code says and where it goes. Nothing for a code that is dead, or whose registration is for an
 * address that has an account: its owner was told of that instead.
 */
export async function findCodeToMail(db: Db, id: string, now: Date): Promise<CodeToMail | undefined> {
  const { rows } = await sql<CodeToMail>`
    SELECT c.id, c.key_id, c.purpose, coalesce(r.name, u.name) AS name, coalesce(r.username, u.username) AS username,
      coalesce(r.email, c.new_email, u.email) AS "to"
    FROM one_time_codes c
      LEFT JOIN pending_registrations r ON r.id = c.registration_id
      LEFT JOIN users u ON u.id = c.user_id
    WHERE c.id = ${id} AND c.expires_at > ${now} AND c.attempts < ${MAX_TRIES}
      AND (c.new_email IS NULL OR c.new_email = u.pending_email)
      AND NOT EXISTS (SELECT FROM users owner WHERE owner.email = r.email)`.execute(db)
  return rows[0]
}

/** Starts the life of a code that the mail provider has taken. */
export async function markMailed(db: Db, id: string, now: Date): Promise<void> {
  await sql`
    UPDATE one_time_codes
    SET expires_at = LEAST(${now}::timestamptz + ${MAILED_LIFE}::interval, created_at + ${MAX_LIFE}::interval)
    WHERE id = ${id}`.execute(db)
}

/** Removes a batch of expired codes. @returns how many */
export async function deleteExpiredCodes(db: Db, now: Date, batch: number): Promise<number> {
  const expired = db
    .selectFrom('one_time_codes')
    .select('id')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(batch)
  const result = await db.deleteFrom('one_time_codes').where('id', 'in', expired).executeTakeFirst()
  return Number(result.numDeletedRows)
}
