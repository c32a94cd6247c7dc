import { sql } from 'kysely'
import type { Db } from '../database/database.ts'

export type JobOptions = {
  /** How long to wait at least, by the database's clock; not at all where it is left out. */
  delaySeconds?: number
  /** Two jobs with one key are one job: the later replaces the earlier while that one waits. */
  key?: string
  /** Jobs of one queue run one after another. */
  queue?: string
}

/** Durable jobs: one that is added in a transaction exists if, and only if, the transaction commits. */
export type Jobs = {
  /** @param payload JSON; it lies in the database until the job is done, so it holds no secret */
  add(db: Db, name: string, payload: object, options?: JobOptions): Promise<void>
}

/** @param attempt 1 the first time; more where it failed, or its process died, before */
export type JobHandler = (payload: unknown, signal: AbortSignal, attempt: number) => Promise<void>

/** What a feature offers: a job by its name, and when it runs by itself, as five cron fields in UTC. */
export type JobDefinition = { name: string; run: JobHandler; cron?: string }

export const jobs: Jobs = {
  async add(db, name, payload, { delaySeconds = 0, key, queue } = {}) {
    await sql`
      SELECT graphile_worker.add_job(
        identifier => ${name}::text, payload => ${JSON.stringify(payload)}::json,
        run_at => now() + make_interval(secs => ${delaySeconds}), job_key => ${key ?? null}::text,
        queue_name => ${queue ?? null}::text)`.execute(db)
  },
}
