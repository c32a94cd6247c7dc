import { sql } from 'kysely'
import type { Db } from '../database/database.ts'

type Reading = Record<string, number>

/** How many jobs there are, by what they do. */
export async function queueDepth(db: Db): Promise<Reading> {
  const { rows } = await sql<Reading>`
    SELECT count(*) FILTER (WHERE locked_at IS NOT NULL)::int AS running,
      count(*) FILTER (WHERE locked_at IS NULL AND attempts >= max_attempts)::int AS given_up,
      count(*) FILTER (
        WHERE locked_at IS NULL AND attempts BETWEEN 1 AND max_attempts - 1 AND run_at > now())::int AS retrying,
      count(*) FILTER (WHERE locked_at IS NULL AND attempts = 0 AND run_at > now())::int AS waiting,
      count(*) FILTER (WHERE locked_at IS NULL AND attempts < max_attempts AND run_at <= now())::int AS ready
    FROM graphile_worker.jobs`.execute(db)
  return { ...rows[0] }
}

/** For how many seconds the oldest job has been ready; 0 where none is. */
export async function queueAge(db: Db): Promise<Reading> {
  const { rows } = await sql<Reading>`
    SELECT coalesce(extract(epoch FROM now() - min(run_at)), 0)::float8 AS ready
    FROM graphile_worker.jobs
    WHERE locked_at IS NULL AND attempts < max_attempts AND run_at <= now()`.execute(db)
  return { ...rows[0] }
}
