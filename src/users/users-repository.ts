import { sql } from 'kysely'
import type { Db, Tx } from '../platform/database/database.ts'
import { isUniqueViolation } from '../platform/database/database-errors.ts'
import type { UserRow } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import type { Identifier } from './identifier.ts'

export const EMAIL_UNIQUE = 'users_email_unique'
export const USERNAME_UNIQUE = 'users_username_unique'

/** `db` is the pool or a transaction. */
export async function findUser(
  db: Db,
  { kind, text, spelling = text }: Identifier,
): Promise<UserRow | undefined> {
  const users = db.selectFrom('users').selectAll()
  if (kind === 'username') {
    return users.where(sql`lower(username COLLATE "C")`, '=', text).executeTakeFirst()
  }
  const found = await users.where('email', 'in', [...new Set([spelling, text])]).execute()
  return found.find(({ email }) => email === spelling) ?? found[0]
}

export async function isUsernameFree(db: Db, username: string): Promise<boolean> {
  return (await findUser(db, { kind: 'username', text: username.toLowerCase() })) === undefined
}

/** @throws the database's unique violation where the address or the username went to somebody else meanwhile */
export async function insertUser(
  tx: Tx,
  user: Pick<UserRow, 'id' | 'name' | 'email' | 'username' | 'password_hash'>,
  now: Date,
): Promise<UserRow> {
  return tx
    .insertInto('users')
    .values({
      id: user.id,
      name: user.name,
      email: user.email,
      username: user.username,
      password_hash: user.password_hash,
      country_code: null,
      phone: null,
      pending_email: null,
      pending_email_expires_at: null,
      // Who verifies an address is signed in by that.
      has_signed_in: true,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export type UserChanges = Partial<
  Pick<
    UserRow,
    | 'name'
    | 'email'
    | 'username'
    | 'password_hash'
    | 'country_code'
    | 'phone'
    | 'pending_email'
    | 'pending_email_expires_at'
  >
>

/** @throws AppError `username_taken`; `unauthorized` where the account was deleted meanwhile */
export async function updateUser(db: Db, userId: string, changes: UserChanges, now: Date): Promise<UserRow> {
  try {
    return await db
      .updateTable('users')
      .set({ ...changes, updated_at: now })
      .where('id', '=', userId)
      .returningAll()
      .executeTakeFirstOrThrow(() => new AppError('unauthorized'))
  } catch (error) {
    if (isUniqueViolation(error, USERNAME_UNIQUE)) throw new AppError('username_taken', usernameTaken(error))
    throw error
  }
}

export function usernameTaken(cause?: unknown) {
  return { cause, fields: { username: 'is already taken' } }
}

/** Notes that this user has signed in: from now on a new device is worth a notice. */
export async function noteFirstSignIn(tx: Tx, userId: string): Promise<void> {
  await tx.updateTable('users').set({ has_signed_in: true }).where('id', '=', userId).execute()
}

/**
 * Puts a better hash in the place of one that has just been verified, unless it changed meanwhile.
 * @returns whether it did
 */
export async function replaceHash(db: Db, userId: string, old: string, better: string): Promise<boolean> {
  const result = await db
    .updateTable('users')
    .set({ password_hash: better })
    .where('id', '=', userId)
    .where('password_hash', '=', old)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Removes the account and, by the foreign keys, all that belongs to it. @returns whether it was there */
export async function deleteUser(db: Db, userId: string): Promise<boolean> {
  const result = await db.deleteFrom('users').where('id', '=', userId).executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Forgets e-mail changes that nobody confirmed. @returns how many */
export async function dropExpiredEmailChanges(db: Db, now: Date, batch: number): Promise<number> {
  const expired = db
    .selectFrom('users')
    .select('id')
    .where('pending_email_expires_at', '<=', now)
    .limit(batch)
  const result = await db
    .updateTable('users')
    .set({ pending_email: null, pending_email_expires_at: null })
    .where('id', 'in', expired)
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
}
