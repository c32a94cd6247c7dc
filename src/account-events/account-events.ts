import { randomUUIDv7 } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../platform/database/database.ts'
import type { Client } from '../platform/http/client-address.ts'
import type { Platform } from '../platform/platform.ts'

/** What can happen to an account. */
export const ACCOUNT_EVENTS = [
  'account_created',
  'login',
  'logout',
  'reauthentication',
  'session_revoked',
  'all_sessions_revoked',
  'token_theft',
  'profile_updated',
  'password_changed',
  'password_reset_requested',
  'password_reset',
  'email_change_requested',
  'email_changed',
  'registration_attempted',
  'account_deleted',
] as const

export type AccountEventName = (typeof ACCOUNT_EVENTS)[number]
export type Outcome = 'success' | 'failure'

export type AccountEvent = {
  userId: string
  event: AccountEventName
  outcome: Outcome
  client: Client
}

type Edges = Pick<Platform, 'clock' | 'log' | 'metrics'>

/** Says in the log and the metrics what somebody did: INFO where it worked, WARN where it was refused. */
export function noteEvent(
  { log, metrics }: Edges,
  event: Omit<AccountEvent, 'userId'> & { userId?: string },
): void {
  metrics.countEvent(event.event, event.outcome)
  const level = event.outcome === 'success' ? 'info' : 'warn'
  log[level](
    { event: event.event, outcome: event.outcome, user_id: event.userId, ip: event.client.ip },
    'account event',
  )
}

/** Writes an event into the trail of the account and notes it. */
export async function recordEvent(edges: Edges, db: Db, event: AccountEvent): Promise<void> {
  await sql`
    INSERT INTO account_events (id, user_id, event, outcome, ip_address, user_agent, created_at)
    SELECT ${randomUUIDv7()}::uuid, id, ${event.event}, ${event.outcome}, ${event.client.ip}, ${event.client.userAgent},
      ${edges.clock.now()}::timestamptz
    FROM users WHERE id = ${event.userId}`.execute(db)
  noteEvent(edges, event)
}

/**
 * Writes a refused attempt on an account. It does not wait for the disk, so that the answer takes as long as
 * one for an account that does not exist, of which nothing is written. An account that is being deleted counts as that:
 * the lock waits for it, where the reference alone would fail.
 */
export async function recordFailure(
  edges: Edges,
  db: Db,
  event: Omit<AccountEvent, 'outcome'>,
): Promise<void> {
  await sql`
    INSERT INTO account_events (id, user_id, event, outcome, ip_address, user_agent, created_at)
    SELECT ${randomUUIDv7()}::uuid, u.id, ${event.event}, 'failure', ${event.client.ip}, ${event.client.userAgent},
      ${edges.clock.now()}::timestamptz
    FROM users u, set_config('synchronous_commit', 'off', true)
    WHERE u.id = ${event.userId} FOR KEY SHARE OF u`.execute(db)
  noteEvent(edges, { ...event, outcome: 'failure' })
}

/** The one row that stays of a deleted account: that there was one. */
export async function recordDeletion(edges: Edges, db: Db, userId: string, client: Client): Promise<void> {
  await db
    .insertInto('account_events')
    .values({
      id: randomUUIDv7(),
      user_id: null,
      event: 'account_deleted',
      outcome: 'success',
      ip_address: null,
      user_agent: null,
      created_at: edges.clock.now(),
    })
    .execute()
  noteEvent(edges, { event: 'account_deleted', outcome: 'success', userId, client })
}
