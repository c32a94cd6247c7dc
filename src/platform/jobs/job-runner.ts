import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type CronItem,
  parseCronItems,
  type Runner,
  type RunnerOptions,
  run,
  type TaskList,
} from 'graphile-worker'
import { sql } from 'kysely'
import type { Platform } from '../platform.ts'
import { graphileLogger } from './graphile-logger.ts'
import type { JobDefinition } from './jobs.ts'

export type JobRunner = { stop(): Promise<void> }

export type JobRunnerOptions = { heartbeatMs?: number; restartMs?: number }

/** Mails wait for a network far more than they compute. */
const CONCURRENCY = 8
const POOL_SIZE = CONCURRENCY + 2
const HEARTBEAT_MS = 5_000
const RESTART_MS = 2_000
const ABORT_JOBS_AFTER_MS = 3_000
/** A job process that has not been seen for so long is dead, and its jobs are given to the others. */
const DEAD_AFTER = '20 seconds'

function taskList(definitions: JobDefinition[]): TaskList {
  return Object.fromEntries(
    definitions.map(({ name, run }) => [name, (payload, helpers) => run(payload, helpers.abortSignal)]),
  )
}

function cronItems(definitions: JobDefinition[]): CronItem[] {
  return definitions.flatMap(({ name, cron }) =>
    cron === undefined ? [] : [{ task: name, match: cron, options: { jobKey: name, maxAttempts: 1 } }],
  )
}

/** Says that this process lives and frees the jobs of those that do not: the library alone would wait four hours. */
async function heartbeat(
  { db }: Pick<Platform, 'db'>,
  processId: string,
  workerIds: string[],
): Promise<void> {
  await sql`
    INSERT INTO job_processes (id, worker_ids, seen_at) VALUES (${processId}, ${workerIds}, now())
    ON CONFLICT (id) DO UPDATE SET worker_ids = excluded.worker_ids, seen_at = excluded.seen_at`.execute(db)
  await sql`
    WITH dead AS (
      DELETE FROM job_processes WHERE seen_at < now() - ${DEAD_AFTER}::interval RETURNING worker_ids
    ), ids AS (
      SELECT array_agg(worker_id) AS list FROM dead, unnest(worker_ids) AS worker_id
    )
    SELECT graphile_worker.force_unlock_workers(list) FROM ids WHERE list IS NOT NULL`.execute(db)
}

async function farewell({ db }: Pick<Platform, 'db'>, processId: string): Promise<void> {
  await sql`DELETE FROM job_processes WHERE id = ${processId}`.execute(db)
}

/** Made once, before the first start: a definition that is wrong fails at once instead of again and again. */
function runnerOptions(
  { config, log }: Platform,
  definitions: JobDefinition[],
  events: EventEmitter,
): RunnerOptions {
  const { directUrl, url = '', preparedStatements } = config.database
  return {
    connectionString: directUrl ?? url,
    maxPoolSize: POOL_SIZE,
    concurrency: CONCURRENCY,
    noHandleSignals: true,
    logger: graphileLogger(log),
    events,
    taskList: taskList(definitions),
    parsedCronItems: parseCronItems(cronItems(definitions)),
    preset: { worker: { gracefulShutdownAbortTimeout: ABORT_JOBS_AFTER_MS, preparedStatements } },
  }
}

/**
 * Runs jobs until it is stopped. It comes back by itself when the database was away: the library's own runner
 * ends where it cannot say that a job is done. `stop` lets jobs finish; what takes longer is given back.
 */
export function startJobRunner(
  platform: Platform,
  definitions: JobDefinition[],
  { heartbeatMs = HEARTBEAT_MS, restartMs = RESTART_MS }: JobRunnerOptions = {},
): JobRunner {
  const { log } = platform
  const processId = randomUUID()
  const workerIds = new Set<string>()
  const stopping = new AbortController()
  const events = new EventEmitter()
  events.on('worker:create', ({ worker }) => workerIds.add(worker.workerId))
  events.on('job:error', ({ job, error }) =>
    log.error({ job: job.task_identifier, attempt: job.attempts, err: error }, 'job failed'),
  )
  const options = runnerOptions(platform, definitions, events)
  let runner: Runner | undefined
  const stopRunner = async () => {
    await runner?.stop().catch((err: unknown) => log.debug({ err }, 'the job runner had ended already'))
  }
  const beat = async () => {
    await heartbeat(platform, processId, [...workerIds]).catch((err: unknown) =>
      log.warn({ err }, 'the job runner cannot say that it lives'),
    )
  }
  const runOnce = async () => {
    runner = await run(options)
    await beat()
    if (stopping.signal.aborted) await stopRunner()
    await runner.promise
  }
  const runUntilStopped = async () => {
    while (!stopping.signal.aborted) {
      await runOnce().catch((err: unknown) => log.warn({ err }, 'the job runner ended; it will start again'))
      await delay(restartMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  const timer = setInterval(beat, heartbeatMs)
  const stopped = runUntilStopped()
  return {
    async stop() {
      stopping.abort()
      clearInterval(timer)
      await stopRunner()
      await stopped
      await farewell(platform, processId).catch((err: unknown) =>
        log.debug({ err }, 'the job runner could not say that it ends'),
      )
    },
  }
}
