import { sql } from 'kysely'
import type { Pool } from 'pg'
import type { Db } from '../src/platform/database/database.ts'

export type WaitingJob = {
  task: string
  payload: unknown
  key: string | null
  /** Until it is ready; below zero where it is. */
  delaySeconds: number
  isLocked: boolean
}

/** The jobs that are not done, the oldest first; without those that come by themselves at a time of day. */
export async function waitingJobs(db: Db): Promise<WaitingJob[]> {
  const { rows } = await sql<WaitingJob>`
    SELECT tasks.identifier AS task, jobs.payload, jobs.key, jobs.locked_at IS NOT NULL AS "isLocked",
      extract(epoch FROM jobs.run_at - now())::float8 AS "delaySeconds"
    FROM graphile_worker._private_jobs jobs JOIN graphile_worker._private_tasks tasks ON tasks.id = jobs.task_id
    WHERE jobs.payload::jsonb -> '_cron' IS NULL
    ORDER BY jobs.id`.execute(db)
  return rows
}

/** Makes delayed jobs ready, rather than waiting for their time, and wakes who looks for them. */
export async function hurryJobs(db: Db): Promise<void> {
  // What is locked is under way; waiting for it could be a deadlock with the runner, which changes several at once.
  await sql`UPDATE graphile_worker._private_jobs SET run_at = now() WHERE id IN (
    SELECT id FROM graphile_worker._private_jobs WHERE run_at > now() ORDER BY id FOR UPDATE SKIP LOCKED)`.execute(
    db,
  )
  await sql`SELECT pg_notify('jobs:insert', '{"count":1}')`.execute(db)
}

/** How many mails of codes wait, each of another registration. */
export async function countWaitingCodes(pool: Pool): Promise<number> {
  const { rows } = await pool.query(
    `SELECT count(*)::int AS jobs FROM graphile_worker._private_jobs jobs
     JOIN graphile_worker._private_tasks tasks ON tasks.id = jobs.task_id
     WHERE tasks.identifier = 'send_code_mail'`,
  )
  return rows[0].jobs
}
