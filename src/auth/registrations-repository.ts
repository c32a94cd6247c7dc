import type { Insertable, Selectable } from 'kysely'
import { sql } from 'kysely'
import type { Db, Tx } from '../platform/database/database.ts'
import type { PendingRegistrationsTable } from '../platform/database/tables.ts'
import { isUuid } from '../platform/uuid.ts'
import type { Identifier } from '../users/identifier.ts'

export type Registration = Selectable<PendingRegistrationsTable>

export async function insertRegistration(
  tx: Tx,
  registration: Insertable<PendingRegistrationsTable>,
): Promise<void> {
  await tx.insertInto('pending_registrations').values(registration).execute()
}

/**
 * The registration that somebody means. Who brings the cookie of one can mean no other; else its id names it, or an
 * e-mail address or username the newest.
 */
export async function findRegistration(
  db: Db,
  { kind, text }: Identifier,
  cookie: string | undefined,
  now: Date,
): Promise<Registration | undefined> {
  const live = db.selectFrom('pending_registrations').selectAll().where('expires_at', '>', now)
  const bound = cookie !== undefined && isUuid(cookie) ? live.where('id', '=', cookie) : live
  const named = isUuid(text)
    ? bound.where('id', '=', text)
    : kind === 'email'
      ? bound.where('email', '=', text)
      : bound.where(sql`lower(username COLLATE "C")`, '=', text)
  return named.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(1).executeTakeFirst()
}

/** Whether a registration is still there. */
export async function registrationExists(tx: Tx, id: string): Promise<boolean> {
  const row = await tx
    .selectFrom('pending_registrations')
    .select('id')
    .where('id', '=', id)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Puts those who verify registrations of one address in a line until the transaction ends, so that they cannot wait
 * for each other in a circle.
 */
export async function lockAddress(tx: Tx, email: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${email}, 0))`.execute(tx)
}

export async function deleteRegistrationsOf(tx: Tx, email: string): Promise<void> {
  await tx.deleteFrom('pending_registrations').where('email', '=', email).execute()
}

/** Removes a batch of expired registrations. @returns how many */
export async function deleteExpiredRegistrations(db: Db, now: Date, batch: number): Promise<number> {
  const expired = db
    .selectFrom('pending_registrations')
    .select('id')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(batch)
  const result = await db.deleteFrom('pending_registrations').where('id', 'in', expired).executeTakeFirst()
  return Number(result.numDeletedRows)
}
