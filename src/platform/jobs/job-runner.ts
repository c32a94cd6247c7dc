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
import type pg from 'pg'
import { openDatabase } from '../database/database.ts'
import { directDatabaseUrl } from '../database/database-url.ts'
import { PARKED_TASKS } from '../limits/open-work-queues.ts'
import type { Platform } from '../platform.ts'
import { forgiveSecondRelease } from './forgiving-pool.ts'
import { graphileLogger } from './graphile-logger.ts'
import { announceJobProcess } from './job-process.ts'
import type { JobDefinition } from './jobs.ts'

export type JobRunner = { stop(): Promise<void> }

export type JobRunnerOptions = { heartbeatMs?: number; restartMs?: number; abandonMs?: number }

/** Mails wait for a network far more than they compute. */
const CONCURRENCY = 8
const MOST_BACKTESTS = 16
const OTHER_CONNECTIONS = 2
const HEARTBEAT_MS = 5_000
const RESTART_MS = 2_000
const ABORT_JOBS_AFTER_MS = 3_000
/** A run that failed and does not end in so long never will: the library loses count of what it still has to report. */
const ABANDON_MS = 5_000
/**
 * The library tells the database at once what became of a job. Only as a "batch" does a failure to do so end its
 * runner in order; else it would be an unhandled rejection, which ends the process.
 */
const BATCH_DELAY_MS = 0

function taskList(definitions: JobDefinition[]): TaskList {
  return Object.fromEntries(
    definitions.map(({ name, run }) => [
      name,
      (payload, { abortSignal, job }) => run(payload, abortSignal, job.attempts),
    ]),
  )
}

function cronItems(definitions: JobDefinition[]): CronItem[] {
  return definitions.flatMap(({ name, cron }) =>
    cron === undefined ? [] : [{ task: name, match: cron, options: { jobKey: name } }],
  )
}

/** Jobs at once: backtests, which last, leave room for all others, and do not use up the database's connections. */
function concurrencyOf({ threads }: Platform['config']['backtests']): number {
  return threads === 0 ? CONCURRENCY : CONCURRENCY + Math.min(threads + PARKED_TASKS, MOST_BACKTESTS)
}

function runnerOptions(
  { log, config }: Platform,
  definitions: JobDefinition[],
  pgPool: pg.Pool,
): RunnerOptions {
  return {
    pgPool,
    concurrency: concurrencyOf(config.backtests),
    noHandleSignals: true,
    logger: graphileLogger(log),
    taskList: taskList(definitions),
    parsedCronItems: parseCronItems(cronItems(definitions)),
    preset: {
      worker: {
        gracefulShutdownAbortTimeout: ABORT_JOBS_AFTER_MS,
        completeJobBatchDelay: BATCH_DELAY_MS,
        failJobBatchDelay: BATCH_DELAY_MS,
      },
    },
  }
}

/**
 * What happens in one run of the library's runner.
 * @param giveUp ends the run
 */
function listen({ log }: Platform, giveUp: () => void): { events: EventEmitter; lockIds: string[] } {
  const events = new EventEmitter()
  const lockIds: string[] = []
  events.on('pool:create', ({ workerPool }) => lockIds.push(workerPool.id))
  // Where its first look into the database fails, the library repeats that failure for as long as it runs.
  events.once('worker:getJob:error', giveUp)
  events.once('pool:fatalError', giveUp)
  events.on('job:error', ({ job, error }) =>
    log.error({ job: job.task_identifier, attempt: job.attempts, err: error }, 'job failed'),
  )
  return { events, lockIds }
}

/**
 * Runs jobs until it is stopped. It comes back by itself when the database was away: the library's own runner
 * ends where it can neither fetch a job nor say that one is done. `stop` lets jobs finish; what takes longer is told to give up.
 * @throws where a definition is wrong
 */
export function startJobRunner(
  platform: Platform,
  definitions: JobDefinition[],
  { heartbeatMs = HEARTBEAT_MS, restartMs = RESTART_MS, abandonMs = ABANDON_MS }: JobRunnerOptions = {},
): JobRunner {
  const { config, log } = platform
  const { db, pool } = openDatabase({
    url: directDatabaseUrl(config.database),
    poolSize: concurrencyOf(config.backtests) + OTHER_CONNECTIONS,
    preparedStatements: false,
  })
  forgiveSecondRelease(pool)
  const options = runnerOptions(platform, definitions, pool)
  const jobProcess = announceJobProcess(platform, heartbeatMs)
  const stopping = new AbortController()
  let runner: Runner | undefined
  const stopRunner = () => {
    runner?.stop().catch((err: unknown) => log.debug({ err }, 'the job runner had ended already'))
  }
  const runOnce = async () => {
    const abandoned = Promise.withResolvers<void>()
    const { events, lockIds } = listen(platform, () => {
      stopRunner()
      setTimeout(abandoned.resolve, abandonMs).unref()
    })
    runner = await run({ ...options, events })
    const end = jobProcess.begin(lockIds)
    if (stopping.signal.aborted) stopRunner()
    await Promise.race([runner.promise, abandoned.promise]).finally(() =>
      end(stopping.signal.aborted ? 'stopped' : 'cut off'),
    )
    if (!stopping.signal.aborted) throw new Error('it ended by itself')
  }
  const runUntilStopped = async () => {
    while (!stopping.signal.aborted) {
      await runOnce().catch((err: unknown) => log.warn({ err }, 'the job runner ended; it will start again'))
      await delay(restartMs, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  const stopped = runUntilStopped()
  return {
    async stop() {
      stopping.abort()
      stopRunner()
      await stopped
      await jobProcess.close()
      await db.destroy()
    },
  }
}
