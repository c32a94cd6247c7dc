import { sql } from 'kysely'
import type { Db } from '../platform/database/database.ts'

export type ActivityRow = {
  event: string
  outcome: string
  ip_address: string
  user_agent: string
  created_at: Date
}

/** One page of what happened to an account, newest first, and how much there is in all. */
export async function findActivity(
  db: Db,
  userId: string,
  { page, limit }: { page: number; limit: number },
): Promise<{ events: ActivityRow[]; total: number }> {
  const [events, { total }] = await Promise.all([
    db
      .selectFrom('account_events')
      .select(['event', 'outcome', 'created_at'])
      .select([
        sql<string>`coalesce(ip_address, 'Unknown')`.as('ip_address'),
        sql<string>`coalesce(user_agent, 'Unknown')`.as('user_agent'),
      ])
      .where('user_id', '=', userId)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .offset((page - 1) * limit)
      .execute(),
    db
      .selectFrom('account_events')
      .select(sql<number>`count(*)::int`.as('total'))
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow(),
  ])
  return { events, total }
}

/** Removes a batch of events that are older than `before`. @returns how many */
export async function deleteEventsBefore(db: Db, before: Date, batch: number): Promise<number> {
  const result = await db
    .deleteFrom('account_events')
    .where(
      'id',
      'in',
      db
        .selectFrom('account_events')
        .select('id')
        .where('created_at', '<', before)
        .orderBy('created_at')
        .limit(batch),
    )
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}
