import type pg from 'pg'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { type Db, openDatabase } from './database/database.ts'
import { databaseUrl } from './database/database-url.ts'
import { type HashingPool, openHashingPool } from './hashing/hashing-pool.ts'
import { memoryLimit, openRateLimits, type RateLimits } from './http/rate-limits.ts'
import { type Jobs, jobs } from './jobs/jobs.ts'
import { queueAge, queueDepth } from './jobs/queue-state.ts'
import { openWorkQueues, type WorkQueues } from './limits/open-work-queues.ts'
import { createLogger, type Logger } from './logging.ts'
import type { Mailer } from './mail/mailer.ts'
import { openMailer } from './mail/open-mailer.ts'
import { createMetrics, type Metrics } from './metrics.ts'

/** The edges of the program. Features name the few they need: `Pick<Platform, 'db' | 'clock'>`. */
export type Platform = {
  config: Config
  db: Db
  limits: RateLimits
  /** Spends one of the requests that a session, or an address without one, has a minute; throws 429. */
  requestLimit(key: string): Promise<void>
  work: WorkQueues
  jobs: Jobs
  mailer: Mailer
  hashing: HashingPool
  clock: Clock
  log: Logger
  metrics: Metrics
  /** Has something of a feature's ended when the platform closes, before the database does. */
  atClose(end: () => Promise<unknown>): void
  close(): Promise<void>
}

/** What a test puts in place of the real edge. */
export type PlatformOverrides = Partial<Pick<Platform, 'clock' | 'log' | 'hashing'>>

const REQUEST_LIMIT = { points: 600, seconds: 60 }

function observe({
  metrics,
  pool,
  hashing,
  db,
  log,
}: Pick<Platform, 'metrics' | 'hashing' | 'db' | 'log'> & { pool: pg.Pool }) {
  metrics.observeGauge({
    name: 'database_pool_connections',
    help: 'Connections of the pool by what they do; waiting counts requests for one',
    aggregator: 'sum',
    read: () => ({
      in_use: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
  })
  metrics.observeGauge({
    name: 'hashing_queue',
    help: 'Password hashes that wait for a thread',
    aggregator: 'sum',
    read: () => ({ waiting: hashing.queueSize }),
  })
  const readQueue = async (read: typeof queueDepth) =>
    read(db).catch((err: unknown) => {
      log.warn({ err }, 'the job queue cannot be measured')
      return {}
    })
  metrics.observeGauge({
    name: 'jobs',
    help: 'Jobs by what they do: ready to run, waiting for their time, retrying after a failure, running, given up',
    aggregator: 'max',
    read: () => readQueue(queueDepth),
  })
  metrics.observeGauge({
    name: 'jobs_oldest_seconds',
    help: 'How long the oldest job has been ready to run',
    aggregator: 'max',
    read: () => readQueue(queueAge),
  })
}

/**
 * Opens everything that the program stands on. Nothing connects yet, so it also opens while the database is away.
 * @throws ConfigError where `config.database.url` is not set
 */
export function openPlatform(config: Config, overrides: PlatformOverrides = {}): Platform {
  const { poolSize, preparedStatements } = config.database
  const log = overrides.log ?? createLogger(config)
  const { db, pool } = openDatabase({
    url: databaseUrl(config.database),
    poolSize,
    preparedStatements,
    onError: (err) => log.warn({ err }, 'a database connection broke'),
  })
  const clock = overrides.clock ?? systemClock
  const metrics = createMetrics()
  const hashing = overrides.hashing ?? openHashingPool()
  const mailer = openMailer(config)
  observe({ metrics, pool, hashing, db, log })
  const ends: (() => Promise<unknown>)[] = []
  return {
    config,
    db,
    limits: openRateLimits(pool, clock),
    requestLimit: memoryLimit(REQUEST_LIMIT),
    work: openWorkQueues(config.backtests),
    jobs,
    mailer,
    hashing,
    clock,
    log,
    metrics,
    atClose: (end) => ends.push(end),
    async close() {
      await Promise.allSettled(ends.map((end) => end()))
      await Promise.allSettled([db.destroy(), mailer.close(), hashing.close()])
    },
  }
}
