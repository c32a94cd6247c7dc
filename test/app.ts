import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { createApp } from '../src/app.ts'
import { jobDefinitions } from '../src/jobs.ts'
import { type Config, readConfig } from '../src/platform/config.ts'
import type { HashingPool } from '../src/platform/hashing/hashing-pool.ts'
import { startJobRunner } from '../src/platform/jobs/job-runner.ts'
import { createLogger } from '../src/platform/logging.ts'
import { listMails } from '../src/platform/mail/mailbox.ts'
import type { Mail } from '../src/platform/mail/mailer.ts'
import { mailboxFolder } from '../src/platform/mail/open-mailer.ts'
import { openPlatform, type Platform } from '../src/platform/platform.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { recordStatuses, undeclaredStatuses } from './declared-statuses.ts'
import { startTestClock, type TestClock } from './test-clock.ts'
import { until } from './until.ts'

export type TestAppOptions = {
  /** Settings as the environment would give them, beside those of every test. */
  env?: Record<string, string>
  /** Another instance of the same service: same database, secrets and mailbox. */
  sharing?: TestApp
  /** In the place of the usual pool, such as one that is soon full. */
  hashing?: HashingPool
  /** Run no jobs, so that nothing is mailed. */
  withoutJobs?: boolean
}

export type TestApp = {
  url: string
  config: Config
  platform: Platform
  server: FastifyInstance
  database: TestDatabase
  clock: TestClock
  dataFolder: string
  /** Everything that was logged, line by line, as JSON text. */
  logs: string[]
  /** Waits until every job that is ready was run. */
  jobsDone(): Promise<void>
  /** The mails of the mailbox, newest first, once all jobs are done. */
  mails(to?: string): Promise<Mail[]>
  /** Stops everything. Fails if a route answered a status that it does not declare. */
  close(): Promise<void>
}

function memoryStream(lines: string[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      lines.push(...String(chunk).split('\n').filter(Boolean))
      done()
    },
  })
}

async function waitForJobs({ db }: Platform): Promise<void> {
  await until(async () => {
    const { rows } = await sql<{ busy: boolean }>`
      SELECT EXISTS (
        SELECT FROM graphile_worker.jobs WHERE attempts < max_attempts AND (locked_at IS NOT NULL OR run_at <= now())
      ) AS busy`.execute(db)
    return rows[0]?.busy !== true
  })
}

/**
 * Starts the whole application on a port of its own, over a database of its own, with real HTTP, jobs and mails (into
 * the mailbox). Requests come through a trusted proxy, so that each can have an address of its own.
 */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { sharing, env = {}, withoutJobs = false, hashing } = options
  const clock = sharing?.clock ?? startTestClock()
  const database = sharing?.database ?? (await createTestDatabase())
  const dataFolder = sharing?.dataFolder ?? (await mkdtemp(join(tmpdir(), 'crypalgos-test-')))
  const config = readConfig({
    APP_ENV: 'test',
    DATA_FOLDER: dataFolder,
    DATABASE_URL: database.url,
    TRUSTED_PROXIES: '127.0.0.1',
    LOG_LEVEL: 'trace',
    ...env,
  })
  const logs: string[] = []
  const edges = {
    clock,
    log: createLogger(config, memoryStream(logs)),
    ...(hashing === undefined ? {} : { hashing }),
  }
  const { platform, answered } = recordStatuses(openPlatform(config, edges))
  const server = await createApp(platform)
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const runner = withoutJobs ? undefined : startJobRunner(platform, jobDefinitions(platform))
  return {
    url,
    config,
    platform,
    server,
    database,
    clock,
    dataFolder,
    logs,
    jobsDone: () => waitForJobs(platform),
    async mails(to) {
      await waitForJobs(platform)
      const mails = await listMails(mailboxFolder(config))
      return to === undefined ? mails : mails.filter((mail) => mail.to === to)
    },
    async close() {
      const undeclared = undeclaredStatuses(server, answered)
      await server.close()
      await runner?.stop()
      await platform.close()
      if (sharing === undefined) {
        await database.drop()
        await rm(dataFolder, { recursive: true })
      }
      if (undeclared.length > 0) {
        throw new Error(`Routes answered a status that they do not declare: ${undeclared.join(', ')}`)
      }
    },
  }
}
