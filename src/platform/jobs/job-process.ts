import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../database/database.ts'
import type { Platform } from '../platform.ts'

/** What says to the others that a process runs jobs. */
export type JobProcess = {
  /** Nothing runs any more: what is still locked by it is free at once. */
  end(): Promise<void>
}

/** A process that has not been seen for so long is dead, and its jobs are given to the others. */
const DEAD_AFTER = '20 seconds'

/**
 * Says that a process lives. It does so a moment after its first jobs may have begun: one that dies in between leaves
 * them to the library, which frees them after four hours.
 */
async function sayAlive(db: Db, id: string, lockIds: string[]): Promise<void> {
  await sql`
    INSERT INTO job_processes (id, worker_ids, seen_at) VALUES (${id}, ${lockIds}, now())
    ON CONFLICT (id) DO UPDATE SET worker_ids = excluded.worker_ids, seen_at = excluded.seen_at`.execute(db)
}

/** Frees the jobs of the dead, and of one that has ended. */
async function freeJobs(db: Db, ended: string | null): Promise<void> {
  await sql`
    WITH gone AS (
      DELETE FROM job_processes WHERE id = ${ended} OR seen_at < now() - ${DEAD_AFTER}::interval
      RETURNING worker_ids
    ), ids AS (
      SELECT array_agg(worker_id) AS list FROM gone, unnest(worker_ids) AS worker_id
    )
    SELECT graphile_worker.force_unlock_workers(list) FROM ids WHERE list IS NOT NULL`.execute(db)
}

/**
 * Says again and again that this process lives, and frees the jobs of those that do not.
 * @param lockIds what the library writes into the jobs that it locks
 */
export function announceJobProcess(
  { db, log }: Pick<Platform, 'db' | 'log'>,
  lockIds: string[],
  heartbeatMs: number,
): JobProcess {
  const id = randomUUID()
  const beat = async () => {
    try {
      await sayAlive(db, id, lockIds)
      await freeJobs(db, null)
    } catch (err) {
      log.warn({ err }, 'the job process cannot say that it lives')
    }
  }
  let last = beat()
  const timer = setInterval(() => {
    last = beat()
  }, heartbeatMs)
  return {
    async end() {
      clearInterval(timer)
      await last
      await freeJobs(db, id).catch((err: unknown) =>
        log.warn({ err }, 'the job process cannot say that it ends; its jobs wait until it is missed'),
      )
    },
  }
}
