import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db } from '../database/database.ts'
import type { Platform } from '../platform.ts'

/** What says to the others that this process lives and which jobs are its own. */
export type JobProcess = {
  /**
   * A runner has begun, which locks jobs under these ids. It may have locked some already: what nobody has announced
   * is freed like what a dead process has locked, but not before its process had time to be announced.
   * @returns what says that it has ended: what it left locked is free, at once or as soon as the database is there.
   *   Where it was cut off, that is repeated for a while: the database may still have been at its last question.
   */
  begin(lockIds: string[]): (how: 'stopped' | 'cut off') => Promise<void>
  close(): Promise<void>
}

/** A job process that has not been seen for so long is dead, and its jobs are given to the others. */
const DEAD_AFTER = '20 seconds'

/** So long after its connection broke, the database may come to lock a job for who is not there any more. */
const LATE_LOCK_MS = 60_000

async function sayAlive(db: Db, id: string, lockIds: string[]): Promise<void> {
  await sql`
    INSERT INTO job_processes (id, worker_ids, seen_at) VALUES (${id}, ${lockIds}, now())
    ON CONFLICT (id) DO UPDATE SET worker_ids = excluded.worker_ids, seen_at = excluded.seen_at`.execute(db)
}

/**
 * Frees the jobs of processes that are dead or died unannounced, and those of our own runners that have ended.
 * @returns how many jobs those that died had
 */
async function freeJobs(db: Db, ended: string[]): Promise<number> {
  const { rows } = await sql<{ orphans: number }>`
    WITH dead AS (
      DELETE FROM job_processes WHERE seen_at < now() - ${DEAD_AFTER}::interval RETURNING worker_ids
    ), unannounced AS (
      SELECT locked_by FROM graphile_worker.jobs
      WHERE locked_at < now() - ${DEAD_AFTER}::interval
        AND NOT EXISTS (SELECT FROM job_processes WHERE locked_by = ANY (worker_ids))
    ), died AS (
      SELECT unnest(worker_ids) AS id FROM dead UNION SELECT locked_by FROM unannounced
    ), locks AS (
      SELECT id FROM died UNION SELECT unnest(${ended}::text[])
    )
    SELECT (SELECT count(*)::int FROM graphile_worker.jobs WHERE locked_by IN (SELECT id FROM died)) AS orphans,
      graphile_worker.force_unlock_workers(array_agg(id))
    FROM locks HAVING count(*) > 0`.execute(db)
  return rows[0]?.orphans ?? 0
}

async function sayGoodbye(db: Db, id: string): Promise<void> {
  await sql`DELETE FROM job_processes WHERE id = ${id}`.execute(db)
}

/** Says again and again that this process lives, and frees the jobs of those that do not. */
export function announceJobProcess(
  { db, log }: Pick<Platform, 'db' | 'log'>,
  heartbeatMs: number,
): JobProcess {
  const id = randomUUID()
  const running = new Set<string>()
  /** Until when what each has locked is to be freed, by `performance.now()`; once at least. */
  const ended = new Map<string, number>()
  const beat = async () => {
    const begun = performance.now()
    const toFree = [...ended]
    const lockIds = toFree.map(([lockId]) => lockId)
    try {
      await sayAlive(db, id, [...running, ...lockIds])
      const orphans = await freeJobs(db, lockIds)
      if (orphans > 0) log.warn({ jobs: orphans }, 'the jobs of a process that died are free again')
      for (const [lockId, until] of toFree) if (until <= begun) ended.delete(lockId)
    } catch (err) {
      log.warn({ err }, 'the job process cannot say that it lives')
    }
  }
  // One after another, or an older one might have the last word.
  let last = Promise.resolve()
  const beatNext = () => {
    last = last.then(beat)
    return last
  }
  const timer = setInterval(beatNext, heartbeatMs)
  return {
    begin(lockIds) {
      for (const lockId of lockIds) running.add(lockId)
      beatNext()
      return (how) => {
        const until = performance.now() + (how === 'stopped' ? 0 : LATE_LOCK_MS)
        for (const lockId of lockIds) running.delete(lockId)
        for (const lockId of lockIds) ended.set(lockId, until)
        return beatNext()
      }
    },
    async close() {
      clearInterval(timer)
      await last
      // With something left to free, the others must still find it when they miss us.
      if (ended.size > 0) return
      await sayGoodbye(db, id).catch((err: unknown) =>
        log.warn({ err }, 'the job process cannot say that it ends'),
      )
    },
  }
}
