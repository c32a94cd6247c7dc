import { sql } from 'kysely'
import type { Db } from '../platform/database/database.ts'
import type { BacktestRow } from '../platform/database/tables.ts'

/** Processes that may die over a run before it is given up. */
const MOST_ATTEMPTS = 3
/** A run that needs more memory than this is not given to a second process when the first one died. */
const LARGE_BYTES = 128 * 1024 * 1024

export type RunChoice = {
  /** Whose runs are left where they are. */
  except: readonly string[]
  /** The most work of a run. */
  maxWork: number
}

const ANY_RUN: RunChoice = { except: [], maxWork: Number.MAX_VALUE }

/**
 * Claim the next queued run for a process: of the user who has the fewest running, then of the one whose last run began
 * the longest ago, then the oldest. Two processes never claim the same.
 */
export async function claimRun(
  db: Db,
  runnerId: string,
  now: Date,
  { except, maxWork }: RunChoice = ANY_RUN,
): Promise<BacktestRow | undefined> {
  const { rows } = await sql<BacktestRow>`
    UPDATE backtests SET state = 'running', runner_id = ${runnerId}, heartbeat_at = ${now}, started_at = ${now},
      attempts = attempts + 1, last_event = last_event + 1
    WHERE id = (
      SELECT b.id FROM backtests b
      JOIN (
        SELECT q.user_id,
          (SELECT count(*) FROM backtests r WHERE r.user_id = q.user_id AND r.state = 'running') AS running,
          (SELECT max(started_at) FROM backtests r WHERE r.user_id = q.user_id AND r.started_at IS NOT NULL) AS started
        FROM (SELECT DISTINCT user_id FROM backtests WHERE state = 'queued' AND user_id <> ALL(${except}::uuid[])) q
      ) u USING (user_id)
      WHERE b.state = 'queued' AND b.work <= ${maxWork}
      ORDER BY u.running, u.started NULLS FIRST, b.created_at, b.id
      LIMIT 1 FOR UPDATE OF b SKIP LOCKED)
    RETURNING *`.execute(db)
  return rows[0]
}

/** Says that a run goes on. @returns nothing where it is not this process's any more */
export function beat(
  db: Db,
  { id, runner_id: runnerId }: BacktestRow,
  barsDone: number,
  now: Date,
): Promise<BacktestRow | undefined> {
  return db
    .updateTable('backtests')
    .set({ heartbeat_at: now, bars_done: barsDone, last_event: sql`last_event + 1` })
    .where('id', '=', id)
    .where('runner_id', '=', runnerId)
    .returningAll()
    .executeTakeFirst()
}

/** Whether a run is to stop: it was cancelled or deleted, or another process has it. */
export async function mustStop(db: Db, { id, runner_id: runnerId }: BacktestRow): Promise<boolean> {
  const row = await db
    .selectFrom('backtests')
    .select('is_cancelling')
    .where('id', '=', id)
    .where('runner_id', '=', runnerId)
    .executeTakeFirst()
  return row === undefined || row.is_cancelling
}

export type RunEnd =
  | { state: 'succeeded' }
  | { state: 'cancelled' }
  | { state: 'failed'; code: string; detail: string }

/** Ends a run that is this process's. @returns nothing where it is not any more */
export function endRun(
  db: Db,
  { id, runner_id: runnerId }: BacktestRow,
  end: RunEnd,
  now: Date,
): Promise<BacktestRow | undefined> {
  return db
    .updateTable('backtests')
    .set({
      state: end.state,
      runner_id: null,
      heartbeat_at: null,
      finished_at: now,
      last_event: sql`last_event + 1`,
      ...(end.state === 'succeeded' ? { bars_done: sql`bars_total` } : {}),
      ...(end.state === 'failed' ? { error_code: end.code, error_detail: end.detail } : {}),
    })
    .where('id', '=', id)
    .where('runner_id', '=', runnerId)
    .returningAll()
    .executeTakeFirst()
}

/** Puts a run back into the queue, as if it had not begun. */
export async function giveBackRun(db: Db, { id, runner_id: runnerId }: BacktestRow): Promise<void> {
  await db
    .updateTable('backtests')
    .set({
      state: 'queued',
      runner_id: null,
      heartbeat_at: null,
      started_at: null,
      bars_done: 0,
      attempts: sql`attempts - 1`,
      last_event: sql`last_event + 1`,
    })
    .where('id', '=', id)
    .where('runner_id', '=', runnerId)
    .execute()
}

/**
 * Give back the runs of processes that have been silent since `silentSince`. A run fails when too many processes died
 * over it: one, if it is large.
 */
export async function freeDeadRuns(db: Db, silentSince: Date, now: Date): Promise<BacktestRow[]> {
  const isSpent = sql`(attempts >= ${MOST_ATTEMPTS} OR memory_bytes > ${LARGE_BYTES})`
  const { rows } = await sql<BacktestRow>`
    UPDATE backtests SET
      state = CASE WHEN is_cancelling THEN 'cancelled' WHEN ${isSpent} THEN 'failed' ELSE 'queued' END,
      error_code = CASE WHEN NOT is_cancelling AND ${isSpent} THEN 'worker_lost' END,
      error_detail = CASE WHEN NOT is_cancelling AND ${isSpent} THEN
        CASE WHEN attempts >= ${MOST_ATTEMPTS}
          THEN 'The process that ran it died ' || attempts || ' times.'
          ELSE 'The process that ran it died. Runs of more than 128 MB are not retried. Use a shorter range or fewer instruments.'
        END END,
      finished_at = CASE WHEN is_cancelling OR ${isSpent} THEN ${now}::timestamptz END,
      runner_id = NULL, heartbeat_at = NULL, bars_done = 0, last_event = last_event + 1
    WHERE state = 'running' AND heartbeat_at < ${silentSince}
    RETURNING *`.execute(db)
  return rows
}

/** Cancels a queued run at once; tells a running one to stop. @returns the row where either was done */
export async function cancelRun(
  db: Db,
  userId: string,
  id: string,
  now: Date,
): Promise<BacktestRow | undefined> {
  const { rows } = await sql<BacktestRow>`
    UPDATE backtests SET
      is_cancelling = true,
      finished_at = CASE WHEN state = 'queued' THEN ${now}::timestamptz ELSE finished_at END,
      state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END,
      last_event = last_event + 1
    WHERE id = ${id} AND user_id = ${userId} AND state IN ('queued', 'running')
    RETURNING *`.execute(db)
  return rows[0]
}
