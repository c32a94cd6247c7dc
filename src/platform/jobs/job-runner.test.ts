import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, before, beforeEach, describe, it, mock } from 'node:test'
import { sql } from 'kysely'
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts'
import { startTcpProxy, type TcpProxy } from '../../../test/tcp-proxy.ts'
import { until } from '../../../test/until.ts'
import { hurryJobs, waitingJobs } from '../../../test/waiting-jobs.ts'
import { readConfig } from '../config.ts'
import { createLogger } from '../logging.ts'
import { openPlatform, type Platform } from '../platform.ts'
import { type JobRunner, startJobRunner } from './job-runner.ts'
import { type JobDefinition, jobs } from './jobs.ts'
import { queueAge, queueDepth } from './queue-state.ts'

let database: TestDatabase
let proxy: TcpProxy
let dataFolder = ''
before(async () => {
  // The library says on the console what it tells the log as well.
  mock.method(console, 'trace', () => {})
  dataFolder = await mkdtemp(join(tmpdir(), 'jobs-'))
})
after(() => rm(dataFolder, { recursive: true }))
beforeEach(async (t) => {
  const own = await createTestDatabase()
  database = own
  proxy = await startTcpProxy(own.url)
  if ('after' in t) t.after(() => Promise.all([proxy.close(), own.drop()]))
})

type Line = { level: string; msg: string; job?: string; jobs?: number; err?: { message: string } }

/** A process's platform, which reaches the database by way of the proxy, and what it logs. */
function openEdges(env: Record<string, string> = {}) {
  const lines: Line[] = []
  let heard = () => {}
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      heard()
      done()
    },
  })
  const config = readConfig({
    APP_ENV: 'test',
    DATA_FOLDER: dataFolder,
    DATABASE_URL: proxy.through(database.url),
    LOG_LEVEL: 'debug',
    ...env,
  })
  const platform = openPlatform(config, { log: createLogger(config, stream) })
  const logged = async (pattern: RegExp): Promise<Line> => {
    for (;;) {
      const line = lines.find(({ msg }) => pattern.test(msg))
      if (line !== undefined) return line
      await new Promise<void>((resolve) => {
        heard = resolve
      })
    }
  }
  return { platform, lines, logged }
}

type Seen = { payload: unknown; signal: AbortSignal }

/** A job that tells what it was given, and ends as the test says. */
function recordingJob(
  name: string,
  end: (run: number, signal: AbortSignal) => Promise<void> = async () => {},
) {
  const runs: Seen[] = []
  let heard = () => {}
  const definition: JobDefinition = {
    name,
    async run(payload, signal) {
      runs.push({ payload, signal })
      heard()
      await end(runs.length, signal)
    },
  }
  const ran = async (count: number): Promise<Seen[]> => {
    while (runs.length < count) {
      await new Promise<void>((resolve) => {
        heard = resolve
      })
    }
    return runs
  }
  return { definition, runs, ran }
}

const FAST = { heartbeatMs: 20, restartMs: 5, abandonMs: 200 }

function start(platform: Platform, definitions: JobDefinition[]): JobRunner {
  return startJobRunner(platform, definitions, FAST)
}

async function stop(platform: Platform, runner: JobRunner): Promise<void> {
  await runner.stop()
  await platform.close()
}

async function countProcesses(): Promise<number> {
  return (await sql`SELECT FROM job_processes`.execute(database.db)).rows.length
}

describe('jobs.add', () => {
  it('writes a job that exists only once its transaction commits', async () => {
    const { db } = database
    const rolledBack = db.transaction().execute(async (tx) => {
      await jobs.add(tx, 'greet', { name: 'Ada' })
      throw new Error('no')
    })
    await assert.rejects(rolledBack, /no/)
    assert.deepEqual(await waitingJobs(db), [])
    await db.transaction().execute(async (tx) => {
      await jobs.add(tx, 'greet', { name: 'Ada' })
      assert.deepEqual(await waitingJobs(db), [])
    })
    const [job] = await waitingJobs(db)
    assert.deepEqual([job?.task, job?.payload, job?.key], ['greet', { name: 'Ada' }, null])
  })

  it('makes one job of two with the same key, the later', async () => {
    const { db } = database
    await jobs.add(db, 'greet', { name: 'Ada' }, { key: 'once' })
    await jobs.add(db, 'greet', { name: 'Grace' }, { key: 'once', delaySeconds: 90 })
    const waiting = await waitingJobs(db)
    assert.deepEqual(
      waiting.map(({ payload, key, delaySeconds }) => [payload, key, Math.round(delaySeconds)]),
      [[{ name: 'Grace' }, 'once', 90]],
    )
  })
})

describe('a job runner', () => {
  it('runs a job with its payload soon after the commit', async () => {
    const { platform } = openEdges()
    const greet = recordingJob('greet')
    const runner = start(platform, [greet.definition])
    await jobs.add(platform.db, 'greet', { name: 'Ada' })
    assert.deepEqual((await greet.ran(1))[0]?.payload, { name: 'Ada' })
    await stop(platform, runner)
    assert.deepEqual(await waitingJobs(database.db), [])
  })

  it('leaves a delayed job until its time', async () => {
    const { platform } = openEdges()
    const greet = recordingJob('greet')
    const runner = start(platform, [greet.definition])
    await jobs.add(platform.db, 'greet', { name: 'later' }, { delaySeconds: 60 })
    await jobs.add(platform.db, 'greet', { name: 'now' })
    await greet.ran(1)
    assert.deepEqual(await queueDepth(platform.db).then(({ waiting }) => waiting), 1)
    await hurryJobs(platform.db)
    const [first, second] = await greet.ran(2)
    assert.deepEqual([first?.payload, second?.payload], [{ name: 'now' }, { name: 'later' }])
    await stop(platform, runner)
  })

  it('logs an unexpected error and tries again later', async () => {
    const { platform, logged } = openEdges()
    const greet = recordingJob('greet', async (run) => {
      if (run === 1) throw new Error('a bug')
    })
    const runner = start(platform, [greet.definition])
    await jobs.add(platform.db, 'greet', {})
    const line = await logged(/^job failed$/)
    assert.deepEqual([line.level, line.job, line.err?.message], ['error', 'greet', 'a bug'])
    await until(async () => (await waitingJobs(platform.db))[0]?.isLocked === false)
    const [job] = await waitingJobs(platform.db)
    assert.ok((job?.delaySeconds ?? 0) > 0)
    await hurryJobs(platform.db)
    await greet.ran(2)
    await stop(platform, runner)
    assert.deepEqual(await waitingJobs(database.db), [])
  })

  it('runs what has a schedule when its time has come, and refuses a schedule that is none', async () => {
    const { platform, logged } = openEdges()
    const nightly: JobDefinition = { ...recordingJob('nightly').definition, cron: '0 3 * * *' }
    assert.throws(() => start(platform, [{ ...nightly, cron: 'at night' }]), /cron|pattern|match/i)
    const runner = start(platform, [nightly])
    await logged(/connected and looking for jobs/)
    const known = async () =>
      (
        await sql<{
          identifier: string
        }>`SELECT identifier FROM graphile_worker._private_known_crontabs`.execute(platform.db)
      ).rows
    await until(async () => (await known()).length > 0)
    assert.deepEqual(await known(), [{ identifier: 'nightly' }])
    await stop(platform, runner)
  })

  it('finishes what runs before it stops', async () => {
    const { platform } = openEdges()
    const release = Promise.withResolvers<void>()
    const greet = recordingJob('greet', () => release.promise)
    const runner = start(platform, [greet.definition])
    await jobs.add(platform.db, 'greet', {})
    await greet.ran(1)
    const stopped = stop(platform, runner)
    release.resolve()
    await stopped
    assert.deepEqual(await waitingJobs(database.db), [])
    assert.equal(await countProcesses(), 0)
  })

  it('can be stopped before it has begun', async () => {
    const { platform } = openEdges()
    await stop(platform, start(platform, [recordingJob('greet').definition]))
    assert.equal(await countProcesses(), 0)
  })

  it('starts while the database is away and runs once it is back', async () => {
    await proxy.cut()
    const { platform, logged } = openEdges()
    const greet = recordingJob('greet')
    const runner = start(platform, [greet.definition])
    await logged(/the job runner ended; it will start again/)
    await proxy.mend()
    await jobs.add(database.db, 'greet', {})
    await greet.ran(1)
    await stop(platform, runner)
  })

  it('stops while the database is away, before it has begun or after it has ended', async () => {
    await proxy.cut()
    const early = openEdges()
    const never = start(early.platform, [recordingJob('greet').definition])
    await early.logged(/the job runner ended; it will start again/)
    await stop(early.platform, never)
    await proxy.mend()
    const late = openEdges()
    const release = Promise.withResolvers<void>()
    const greet = recordingJob('greet', () => release.promise)
    const runner = startJobRunner(late.platform, [greet.definition], { ...FAST, restartMs: 3_600_000 })
    await jobs.add(database.db, 'greet', {})
    await greet.ran(1)
    await proxy.cut()
    release.resolve()
    await late.logged(/the job runner ended; it will start again/)
    await stop(late.platform, runner)
  })

  it('survives an outage in the middle of a job, whose end it cannot report, and runs it again', async () => {
    const { platform, logged, lines } = openEdges()
    const release = Promise.withResolvers<void>()
    const greet = recordingJob('greet', (run) => (run === 1 ? release.promise : Promise.resolve()))
    const runner = start(platform, [greet.definition])
    await jobs.add(platform.db, 'greet', {})
    await greet.ran(1)
    await proxy.cut()
    release.resolve()
    await logged(/the job runner ended; it will start again/)
    await logged(/the job process cannot say that it lives/)
    await proxy.mend()
    await greet.ran(2)
    await stop(platform, runner)
    assert.deepEqual(await waitingJobs(database.db), [])
    assert.ok(lines.every(({ level }) => level !== 'fatal'))
  })

  it('loses no job, in whatever moment of its start the database goes away', async () => {
    const { platform } = openEdges()
    const greet = recordingJob('greet')
    const runner = start(platform, [{ ...greet.definition, cron: '0 3 * * *' }])
    for (let connections = 1; connections <= 8; connections += 1) {
      await jobs.add(database.db, 'greet', { connections })
      await until(() => proxy.connections() >= connections)
      await proxy.cut()
      await proxy.mend()
    }
    await until(async () => (await waitingJobs(database.db)).length === 0)
    const seen = new Set(greet.runs.map(({ payload }) => JSON.stringify(payload)))
    assert.equal(seen.size, 8)
    await stop(platform, runner)
  })

  it('gets back a job that the database locked for it only after the outage was over', async () => {
    const { platform, logged } = openEdges()
    const greet = recordingJob('greet')
    const runner = start(platform, [greet.definition])
    const lockIds = async () => {
      const { rows } = await sql<{ worker_ids: string[] }>`SELECT worker_ids FROM job_processes`.execute(
        database.db,
      )
      return rows[0]?.worker_ids ?? []
    }
    await until(async () => (await lockIds()).length === 1)
    const [old] = await lockIds()
    await proxy.cut()
    await logged(/the job runner ended; it will start again/)
    await proxy.mend()
    await until(async () => (await lockIds()).some((id) => id !== old))
    await database.db.transaction().execute(async (tx) => {
      await jobs.add(tx, 'greet', {})
      await sql`UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = ${old}`.execute(tx)
    })
    await greet.ran(1)
    await stop(platform, runner)
  })

  it('takes over the jobs of a process that is not seen any more, and of no other', async () => {
    const { platform, logged } = openEdges()
    const { db } = platform
    for (const owner of ['dead', 'alive']) {
      await jobs.add(db, 'greet', { owner }, { key: owner })
      await sql`
        UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = ${owner}, attempts = 1
        WHERE key = ${owner}`.execute(db)
    }
    await sql`
      INSERT INTO job_processes (id, worker_ids, seen_at) VALUES
        (gen_random_uuid(), '{dead}', now() - interval '21 seconds'),
        (gen_random_uuid(), '{alive}', now() + interval '1 minute')`.execute(db)
    const greet = recordingJob('greet')
    const runner = start(platform, [greet.definition])
    assert.deepEqual((await greet.ran(1))[0]?.payload, { owner: 'dead' })
    assert.equal((await logged(/the jobs of a process that died are free again/)).jobs, 1)
    await stop(platform, runner)
    const [left, ...others] = await waitingJobs(database.db)
    assert.deepEqual([left?.key, left?.isLocked, others.length], ['alive', true, 0])
    assert.equal(await countProcesses(), 1)
  })

  it('takes over the job of a process that died before anybody knew of it, after the time of any other', async () => {
    for (const who of ['died', 'just begun']) await jobs.add(database.db, 'greet', { who })
    await sql`UPDATE graphile_worker._private_jobs SET locked_by = payload->>'who', attempts = 1,
      locked_at = now() - CASE payload->>'who' WHEN 'died' THEN interval '21 seconds' ELSE interval '1 second' END`.execute(
      database.db,
    )
    const { platform } = openEdges()
    const greet = recordingJob('greet')
    const runner = start(platform, [greet.definition])
    const [first] = await greet.ran(1)
    assert.deepEqual(first?.payload, { who: 'died' })
    await stop(platform, runner)
    const left = await waitingJobs(database.db)
    assert.deepEqual(
      left.map(({ payload, isLocked }) => ({ payload, isLocked })),
      [{ payload: { who: 'just begun' }, isLocked: true }],
    )
  })

  it('says that it cannot say that it lives while the database is away', async () => {
    const { platform, logged } = openEdges()
    const runner = start(platform, [recordingJob('greet').definition])
    await logged(/connected and looking for jobs/)
    await proxy.cut()
    await logged(/the job process cannot say that it lives/)
    await proxy.mend()
    await stop(platform, runner)
  })

  it('goes past the pooler where an address for that is given', async () => {
    const { platform } = openEdges({
      DATABASE_URL: database.url,
      DATABASE_DIRECT_URL: proxy.through(database.url),
    })
    const greet = recordingJob('greet')
    const runner = start(platform, [greet.definition])
    await jobs.add(platform.db, 'greet', {})
    await greet.ran(1)
    await stop(platform, runner)
  })
})

describe('the state of the queue', () => {
  it('counts jobs by what they do and says how long the oldest has been ready', async () => {
    const { db } = database
    assert.deepEqual(await queueDepth(db), { running: 0, given_up: 0, retrying: 0, waiting: 0, ready: 0 })
    assert.deepEqual(await queueAge(db), { ready: 0 })
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await jobs.add(db, name, {}, { key: name })
    const set = (key: string, change: ReturnType<typeof sql>) =>
      sql`UPDATE graphile_worker._private_jobs SET ${change} WHERE key = ${key}`.execute(db)
    await set('a', sql`locked_at = now(), locked_by = 'somebody'`)
    await set('b', sql`attempts = max_attempts`)
    await set('c', sql`run_at = now() + interval '1 hour'`)
    await set('d', sql`run_at = now() - interval '90 seconds'`)
    await set('f', sql`run_at = now() + interval '1 minute', attempts = 1`)
    assert.deepEqual(await queueDepth(db), { running: 1, given_up: 1, retrying: 1, waiting: 1, ready: 2 })
    const { ready = 0 } = await queueAge(db)
    assert.ok(ready >= 90 && ready < 95, `${ready} seconds`)
  })
})
