import { CompiledQuery } from 'kysely'
import type { Db, Tx } from '../platform/database/database.ts'
import type { SessionRow, UserRow } from '../platform/database/tables.ts'

/** A session and its user, as one row brings them. */
export type SessionWithUser = { session: SessionRow; user: UserRow }

type JoinedRow = UserRow & {
  s_id: string
  s_user_id: string
  s_generation: number
  s_created_at: Date
  s_rotated_at: Date
  s_authenticated_at: Date
  s_expires_at: Date
  s_user_agent: string
  s_ip_address: string
}

const USER_COLUMNS = `u.id, u.name, u.email, u.username, u.password_hash, u.country_code, u.phone,
  u.pending_email, u.pending_email_expires_at, u.has_signed_in, u.created_at, u.updated_at`
const SESSION_COLUMNS = `s.id AS s_id, s.user_id AS s_user_id, s.generation AS s_generation,
  s.created_at AS s_created_at, s.rotated_at AS s_rotated_at, s.authenticated_at AS s_authenticated_at,
  s.expires_at AS s_expires_at, s.user_agent AS s_user_agent, s.ip_address AS s_ip_address`

/** Every protected request needs this one: it is written out so that nothing builds or compiles it again. */
const FIND_LIVE = `SELECT ${USER_COLUMNS}, ${SESSION_COLUMNS}
  FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.id = ANY($1::uuid[]) AND s.expires_at > $2`

/**
 * Each user's in the order of the index, so that nothing is sorted. With `user_id = ANY(...)` in its place the planner,
 * which does not know how many users are asked for, may read all live sessions.
 */
const LIST_LIVE = `SELECT s.* FROM unnest($1::uuid[]) AS asked (user_id) CROSS JOIN LATERAL
  (SELECT * FROM sessions WHERE user_id = asked.user_id AND expires_at > $2 ORDER BY created_at DESC, id DESC) s`

/**
 * Rotates a session, or finds it as the request before rotated it. The row's lock puts parallel refreshes of one
 * token in a line; those behind the first see what it wrote, match the second arm, and change nothing.
 */
const ROTATE = `UPDATE sessions s SET
    generation = CASE WHEN s.generation = $3 THEN s.generation + 1 ELSE s.generation END,
    rotated_at = CASE WHEN s.generation = $3 THEN $4::timestamptz ELSE s.rotated_at END,
    expires_at = CASE WHEN s.generation = $3
      THEN LEAST($4::timestamptz + make_interval(secs => $6), s.created_at + make_interval(secs => $7))
      ELSE s.expires_at END
  FROM users u
  WHERE u.id = s.user_id AND s.id = $1 AND s.user_id = $2 AND s.expires_at > $4::timestamptz
    AND (s.generation = $3::integer OR (s.generation - 1 = $3 AND s.rotated_at >= $5::timestamptz))
  RETURNING ${USER_COLUMNS}, ${SESSION_COLUMNS}`

/**
 * The same for many at once. It waits for no lock, so that nobody waits for another's session, nor two such statements
 * for each other: what is locked is left out.
 */
const ROTATE_FREE = `WITH free AS (
    SELECT s.id, asked.user_id, asked.generation
    FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS asked (id, user_id, generation)
    JOIN sessions s ON s.id = asked.id
    FOR NO KEY UPDATE OF s SKIP LOCKED)
  UPDATE sessions s SET
    generation = CASE WHEN s.generation = f.generation THEN s.generation + 1 ELSE s.generation END,
    rotated_at = CASE WHEN s.generation = f.generation THEN $4::timestamptz ELSE s.rotated_at END,
    expires_at = CASE WHEN s.generation = f.generation
      THEN LEAST($4::timestamptz + make_interval(secs => $6), s.created_at + make_interval(secs => $7))
      ELSE s.expires_at END
  FROM free f, users u
  WHERE u.id = s.user_id AND s.id = f.id AND s.user_id = f.user_id AND s.expires_at > $4::timestamptz
    AND (s.generation = f.generation OR (s.generation - 1 = f.generation AND s.rotated_at >= $5::timestamptz))
  RETURNING ${USER_COLUMNS}, ${SESSION_COLUMNS}`

function split(row: JoinedRow): SessionWithUser {
  const {
    s_id,
    s_user_id,
    s_generation,
    s_created_at,
    s_rotated_at,
    s_authenticated_at,
    s_expires_at,
    ...rest
  } = row
  const { s_user_agent, s_ip_address, ...user } = rest
  const session: SessionRow = {
    id: s_id,
    user_id: s_user_id,
    generation: s_generation,
    created_at: s_created_at,
    rotated_at: s_rotated_at,
    authenticated_at: s_authenticated_at,
    expires_at: s_expires_at,
    user_agent: s_user_agent,
    ip_address: s_ip_address,
  }
  return { session, user }
}

async function withUsers(db: Db, text: string, values: unknown[]): Promise<SessionWithUser[]> {
  const { rows } = await db.executeQuery<JoinedRow>(CompiledQuery.raw(text, values))
  return rows.map(split)
}

export type SessionKey = { sessionId: string; userId: string }

/** Those of the sessions that are there and have not expired at `now`, by their ids, with their users. */
export async function findSessionsByIds(
  db: Db,
  ids: string[],
  now: Date,
): Promise<Map<string, SessionWithUser>> {
  const found = await withUsers(db, FIND_LIVE, [ids, now])
  return new Map(found.map((one) => [one.session.id, one]))
}

/** What a refresh token names. */
export type Generation = SessionKey & { generation: number }

export type RotationTimes = {
  now: Date
  /** Since when the generation before the current one still gets the current pair. */
  graceSince: Date
  idleSeconds: number
  maxSeconds: number
}

/** The session after its rotation, or nothing where this generation may not refresh it (any more, or yet). */
export async function rotateSession(
  db: Db,
  { sessionId, userId, generation }: Generation,
  { now, graceSince, idleSeconds, maxSeconds }: RotationTimes,
): Promise<SessionWithUser | undefined> {
  const values = [sessionId, userId, generation, now, graceSince, idleSeconds, maxSeconds]
  const [rotated] = await withUsers(db, ROTATE, values)
  return rotated
}

/**
 * Rotates those of the sessions whose rows nobody holds. What is missing in the answer may be rotated all the same:
 * `rotateSession` decides.
 */
export async function rotateFreeSessions(
  db: Db,
  asked: Generation[],
  { now, graceSince, idleSeconds, maxSeconds }: RotationTimes,
): Promise<Map<Generation, SessionWithUser>> {
  const columns = [
    asked.map(({ sessionId }) => sessionId),
    asked.map(({ userId }) => userId),
    asked.map(({ generation }) => generation),
  ]
  const rotated = await withUsers(db, ROTATE_FREE, [...columns, now, graceSince, idleSeconds, maxSeconds])
  const byId = new Map(rotated.map((one) => [one.session.id, one]))
  return new Map(
    asked.flatMap((one) => {
      const found = byId.get(one.sessionId)
      // Another generation of the same session may have been asked for at the same time.
      const isIt = found?.user.id === one.userId && found.session.generation === one.generation + 1
      return isIt ? [[one, found]] : []
    }),
  )
}

/**
 * Ends a session whose token was used again after it had been replaced. It repeats every condition, so that a
 * rotation in between decides.
 * @returns the session that ended, or nothing: the token was then just invalid
 */
export async function deleteStolenSession(
  tx: Tx,
  { sessionId, userId, generation }: Generation,
  { now, graceSince }: Pick<RotationTimes, 'now' | 'graceSince'>,
): Promise<SessionRow | undefined> {
  return tx
    .deleteFrom('sessions')
    .where('id', '=', sessionId)
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .where('generation', '>', generation)
    .where((eb) => eb.or([eb('generation', '>', generation + 1), eb('rotated_at', '<', graceSince)]))
    .returningAll()
    .executeTakeFirst()
}

/**
 * Takes the user's row lock, so that sign-ins of one user, and a change of its password, happen one after another.
 * Whoever changes what belongs to a user takes it first: in one order nobody waits for each other in a circle.
 * @returns the user as it is now, or nothing if it was deleted
 */
export async function lockUser(tx: Tx, userId: string): Promise<UserRow | undefined> {
  return tx.selectFrom('users').selectAll().where('id', '=', userId).forNoKeyUpdate().executeTakeFirst()
}

export async function insertSession(tx: Tx, session: SessionRow): Promise<void> {
  await tx.insertInto('sessions').values(session).execute()
}

/** Ends the user's sessions but the newest `keep`. Call it under the user's lock. @returns how many ended */
export async function deleteSessionsBeyond(tx: Tx, userId: string, keep: number, now: Date): Promise<number> {
  const beyond = tx
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', userId)
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .offset(keep)
  const result = await tx.deleteFrom('sessions').where('id', 'in', beyond).executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Each user's live sessions, newest first; nothing for a user who has none. */
export async function findLiveSessions(
  db: Db,
  userIds: string[],
  now: Date,
): Promise<Map<string, SessionRow[]>> {
  const { rows } = await db.executeQuery<SessionRow>(CompiledQuery.raw(LIST_LIVE, [userIds, now]))
  return Map.groupBy(rows, ({ user_id }) => user_id)
}

/** Ends one session. @returns whether it was there */
export async function deleteSession(db: Db, { sessionId, userId }: SessionKey): Promise<boolean> {
  const result = await db
    .deleteFrom('sessions')
    .where('id', '=', sessionId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Ends all live sessions of a user, but `except`. @returns how many */
export async function deleteSessions(
  db: Db,
  userId: string,
  { except, now }: { except?: string | undefined; now: Date },
): Promise<number> {
  const live = db.deleteFrom('sessions').where('user_id', '=', userId).where('expires_at', '>', now)
  const chosen = except === undefined ? live : live.where('id', '!=', except)
  const result = await chosen.executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Removes the user's expired sessions. @returns how many */
export async function deleteExpiredSessionsOf(db: Db, userId: string, now: Date): Promise<number> {
  const result = await db
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('expires_at', '<=', now)
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Removes a batch of anybody's expired sessions. @returns how many */
export async function deleteExpiredSessions(db: Db, now: Date, batch: number): Promise<number> {
  const expired = db
    .selectFrom('sessions')
    .select('id')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(batch)
  const result = await db.deleteFrom('sessions').where('id', 'in', expired).executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Notes that the session's user has just confirmed its password. */
export async function markAuthenticated(db: Db, { sessionId }: SessionKey, now: Date): Promise<void> {
  await db.updateTable('sessions').set({ authenticated_at: now }).where('id', '=', sessionId).execute()
}
