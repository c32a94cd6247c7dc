import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { CROSS, giveCandles, giveStrategy, swingingLines, type Trader, trader } from '../../test/backtests.ts'
import type { Answer } from '../../test/client.ts'
import { until } from '../../test/until.ts'
import { openDatabase } from '../platform/database/database.ts'
import { runBacktestsJob, tendBacktestsJob } from './run-backtests-job.ts'
import { createRunner } from './runner.ts'
import { beat, claimRun, endRun, giveBackRun, mustStop } from './runs-repository.ts'
import { watchRun } from './watch-run.ts'

/** Runs nothing by itself: the tests claim and run what they want to. */
let idle: TestApp
before(async () => {
  idle = await startTestApp({
    env: {
      BACKTEST_THREADS: '0',
      BACKTEST_MEMORY_MB: '16',
      MAX_BACKTESTS_PER_USER: '6',
      BACKTEST_MILLION_BARS_PER_DAY: '1',
    },
  })
})
after(() => idle.close())
// Each test finds the queue empty.
beforeEach(async () => {
  const { db } = idle.platform
  await sql`UPDATE backtests SET state = 'cancelled', runner_id = NULL WHERE state IN ('queued', 'running')`.execute(
    db,
  )
})

type Setup = { who: Trader; strategy: string; request: { instruments: object[] } }

async function setUp(served: TestApp, document: object = CROSS, bars = 3_000): Promise<Setup> {
  const who = await trader(served)
  const dataset = await giveCandles(served, who, swingingLines(bars))
  return {
    who,
    strategy: await giveStrategy(who, document),
    request: { instruments: [{ dataset_id: dataset }] },
  }
}

/** Nobody comes for what was asked for: who waits for all jobs does not wait for these. */
async function forgetJobs(): Promise<void> {
  await sql`SELECT graphile_worker.complete_jobs(ARRAY(
    SELECT id FROM graphile_worker.jobs WHERE task_identifier = 'run_backtests'))`.execute(idle.platform.db)
}

async function ask(
  { who, strategy, request }: Setup,
  more: object = {},
  headers?: Record<string, string>,
): Promise<Answer> {
  const answer = await who.post(`/strategies/${strategy}/backtests`, { ...request, ...more }, headers)
  await forgetJobs()
  return answer
}

const claim = (served: TestApp) => claimRun(served.platform.db, randomUUID(), served.clock.now())

describe('the queue', () => {
  it("lets one user's many runs not hold up another's one", async () => {
    const [many, one] = [await setUp(idle), await setUp(idle)]
    const ids = []
    for (const fast of [2, 3, 4]) {
      ids.push((await ask(many, { parameters: { fast } })).data.id)
      idle.clock.advance(1)
    }
    const { id } = (await ask(one)).data
    const order = [await claim(idle), await claim(idle), await claim(idle), await claim(idle)]
    assert.deepEqual(
      order.map((row) => row?.id),
      [ids[0], id, ids[1], ids[2]],
    )
    assert.equal(await claim(idle), undefined)
    for (const row of order)
      if (row) await endRun(idle.platform.db, row, { state: 'cancelled' }, idle.clock.now())
  })

  it('with one process alone, turns to the user who has waited the longest', async () => {
    const [many, one] = [await setUp(idle), await setUp(idle)]
    const first = (await ask(many, { parameters: { fast: 2 } })).data.id
    await ask(many, { parameters: { fast: 3 } })
    const { db } = idle.platform
    const row = await claim(idle)
    assert.equal(row?.id, first)
    idle.clock.advance(1)
    const { id } = (await ask(one)).data
    if (row) await endRun(db, row, { state: 'cancelled' }, idle.clock.now())
    const next = await claim(idle)
    assert.equal(next?.id, id)
    for (const left of [next, await claim(idle)]) {
      if (left) await endRun(db, left, { state: 'cancelled' }, idle.clock.now())
    }
  })

  it('gives each run to one process, where many ask at once', async () => {
    const one = await setUp(idle)
    for (const fast of [2, 3, 4, 5]) await ask(one, { parameters: { fast } })
    const rows = await Promise.all(Array.from({ length: 8 }, () => claim(idle)))
    const ids = rows.flatMap((row) => (row ? [row.id] : []))
    // Some may find the row that they chose taken; what is left is claimed by whoever asks next.
    for (let row = await claim(idle); row; row = await claim(idle)) ids.push(row.id)
    assert.equal(ids.length, 4)
    assert.equal(new Set(ids).size, 4)
  })

  it('gets back the run of a process that died, and gives it up after the third', async () => {
    const one = await setUp(idle)
    const { platform, clock } = idle
    const { id } = (await ask(one)).data
    const tend = tendBacktestsJob(platform, { work: async () => {} })
    for (const expected of ['queued', 'queued', 'failed']) {
      assert.equal((await claim(idle))?.id, id)
      clock.advance(29)
      await tend.run({}, new AbortController().signal, 1)
      assert.equal((await one.who.get(`/backtests/${id}`)).data.state, 'running')
      clock.advance(2)
      await tend.run({}, new AbortController().signal, 1)
      assert.equal((await one.who.get(`/backtests/${id}`)).data.state, expected)
    }
    const { data } = await one.who.get(`/backtests/${id}`)
    assert.equal(data.error.code, 'worker_lost')
    assert.ok(idle.logs.some((line) => line.includes('the process of a backtest died')))
  })

  it('fails a large run when the first process died over it, so that it kills no other one', async () => {
    const one = await setUp(idle)
    const { id } = (await ask(one)).data
    const { db } = idle.platform
    await sql`UPDATE backtests SET memory_bytes = 2e8 WHERE id = ${id}`.execute(db)
    assert.equal((await claim(idle))?.id, id)
    idle.clock.advance(31)
    await tendBacktestsJob(idle.platform, { work: async () => {} }).run({}, new AbortController().signal, 1)
    const { data } = await one.who.get(`/backtests/${id}`)
    assert.deepEqual([data.state, data.error.code], ['failed', 'worker_lost'])
    assert.match(data.error.detail, /are not retried/)
  })

  it('gives a process only runs of other users, or short ones, when it asks for such', async () => {
    const [many, one] = [await setUp(idle), await setUp(idle)]
    await ask(many)
    const { id } = (await ask(one)).data
    const { db } = idle.platform
    await sql`UPDATE backtests SET work = 1e12 WHERE id = ${id}`.execute(db)
    const claimOf = (except: string[], maxWork: number) =>
      claimRun(db, randomUUID(), idle.clock.now(), { except, maxWork })
    const first = many.who.person.id
    assert.equal(await claimOf([first], 1e9), undefined)
    assert.equal((await claimOf([first], 1e13))?.id, id)
  })

  it('does not let a process that was taken for dead end or go on with a run that another has', async () => {
    const one = await setUp(idle)
    await ask(one)
    const { db } = idle.platform
    const row = await claim(idle)
    assert.ok(row)
    await giveBackRun(db, row)
    assert.ok(await mustStop(db, row))
    assert.equal(await beat(db, row, 5, idle.clock.now()), undefined)
    assert.equal(await endRun(db, row, { state: 'succeeded' }, idle.clock.now()), undefined)
    assert.equal((await claim(idle))?.id, row.id)
  })

  it('gives a run back where its process is told to end', async () => {
    const one = await setUp(idle)
    const { id } = (await ask(one)).data
    const stop = AbortSignal.abort()
    await createRunner(idle.platform).work(stop)
    assert.equal((await one.who.get(`/backtests/${id}`)).data.state, 'queued')
    const stopping = new AbortController()
    const runner = createRunner(idle.platform)
    const work = runBacktestsJob(runner).run({}, stopping.signal, 1)
    await until(async () => (await one.who.get(`/backtests/${id}`)).data.state !== 'queued')
    stopping.abort()
    await work
    const { state } = (await one.who.get(`/backtests/${id}`)).data
    assert.ok(['queued', 'succeeded'].includes(state), state)
    await one.who.post(`/backtests/${id}/cancel`)
  })
})

describe('a process', () => {
  it('with all threads at work looks once more for what came meanwhile', async () => {
    const one = await setUp(idle)
    const runner = createRunner(idle.platform)
    const { signal } = new AbortController()
    await ask(one, { parameters: { fast: 2 } })
    const first = runner.work(signal)
    // It has no thread left: it only leaves word.
    await runner.work(signal)
    await ask(one, { parameters: { fast: 3 } })
    await first
    await runner.work(signal)
    const idleOne = runner.work(signal)
    await runner.work(signal)
    await idleOne
    const { data } = await one.who.get('/backtests?state=succeeded')
    assert.equal(data.total, 2)
  })

  it('does not compute twice what a user has queued twice', async () => {
    const one = await setUp(idle)
    const twin = { ...one, strategy: await giveStrategy(one.who, CROSS) }
    const answers = [await ask(one, { initial_capital: 9_999 }), await ask(twin, { initial_capital: 9_999 })]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202],
    )
    await createRunner(idle.platform).work(new AbortController().signal)
    const { data } = await one.who.get('/backtests')
    for (const { state, run_id: runId } of data.backtests) {
      assert.deepEqual([state, runId], ['succeeded', answers[0]?.data.run_id])
    }
    assert.equal(data.total, 2)
    const { rows } = await sql<{ results: number }>`
      SELECT count(*)::int AS results FROM backtest_results
      WHERE user_id = ${one.who.person.id}`.execute(idle.platform.db)
    assert.deepEqual(rows, [{ results: 1 }])
  })

  it('whose run another has taken over meanwhile leaves the end of it to that one', async () => {
    const one = await setUp(idle)
    const { id } = (await ask(one, { initial_capital: 7_777 })).data
    const { db } = idle.platform
    await sql`
      CREATE FUNCTION take_over() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE backtests SET runner_id = gen_random_uuid() WHERE result_key = NEW.key;
        RETURN NULL;
      END $$`.execute(db)
    await sql`CREATE TRIGGER take_over AFTER INSERT ON backtest_results
      FOR EACH ROW EXECUTE FUNCTION take_over()`.execute(db)
    await createRunner(idle.platform).work(new AbortController().signal)
    await sql`DROP FUNCTION take_over CASCADE`.execute(db)
    assert.equal((await one.who.get(`/backtests/${id}`)).data.state, 'running')
    const { rows } = await sql<{ event: string }>`
      SELECT event FROM backtest_events WHERE backtest_id = ${id} AND event = 'succeeded'`.execute(db)
    assert.deepEqual(rows, [])
  })

  it('that meets broken data ends the run as failed, and tells nothing of the inside', async () => {
    const one = await setUp(idle)
    const { id } = (await ask(one, { initial_capital: 8_888 })).data
    const { db } = idle.platform
    const before = await sql<{ hash: Buffer; data: Buffer }>`SELECT hash, data FROM chunks`.execute(db)
    await sql`UPDATE chunks SET data = '\\x00'`.execute(db)
    await createRunner({ ...idle.platform }).work(new AbortController().signal)
    for (const { hash, data } of before.rows)
      await sql`UPDATE chunks SET data = ${data} WHERE hash = ${hash}`.execute(db)
    const { data } = await one.who.get(`/backtests/${id}`)
    assert.deepEqual([data.state, data.error.code], ['failed', 'internal_error'])
    assert.ok(idle.logs.some((line) => line.includes('"a backtest failed"')))
  })

  it('that cannot reach the database says so, and lets the run go on', async () => {
    const one = await setUp(idle)
    await ask(one)
    const row = await claim(idle)
    assert.ok(row)
    const { db, pool } = openDatabase({
      url: 'postgresql://nobody@127.0.0.1:9/none',
      poolSize: 1,
      preparedStatements: false,
    })
    const stopping = new AbortController()
    const { clock, log } = idle.platform
    const watch = watchRun({ db, clock, log }, row, stopping)
    await until(async () => idle.logs.some((line) => line.includes('a backtest cannot say how far it is')))
    await watch.end()
    assert.equal(stopping.signal.aborted, false)
    await db.destroy()
    assert.equal(pool.totalCount, 0)
  })

  it('says how far a run is, and that it lives where it gets no further', async () => {
    const one = await setUp(idle)
    const { id } = (await ask(one)).data
    const row = await claim(idle)
    assert.ok(row)
    const watch = watchRun(idle.platform, row, new AbortController())
    watch.onProgress(1_200)
    await until(async () => (await one.who.get(`/backtests/${id}`)).data.progress.bars_done === 1_200)
    const { db } = idle.platform
    idle.clock.advance(20)
    const beaten = async () => {
      const { heartbeat_at: at } = await db
        .selectFrom('backtests')
        .select('heartbeat_at')
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      return at?.getTime() === idle.clock.now().getTime()
    }
    await until(beaten)
    await endRun(db, row, { state: 'cancelled' }, idle.clock.now())
    await watch.end()
  })
})

describe('cancelling', () => {
  it('ends a queued run at once, and leaves one that has ended as it is', async () => {
    const one = await setUp(idle)
    const { id } = (await ask(one)).data
    const { data } = await one.who.post(`/backtests/${id}/cancel`)
    assert.deepEqual([data.state, typeof data.finished_at], ['cancelled', 'string'])
    assert.equal(await claim(idle), undefined)
    const again = await one.who.post(`/backtests/${id}/cancel`)
    assert.deepEqual([again.status, again.data.state], [200, 'cancelled'])
    const result = await one.who.get(`/backtests/${id}/trades`)
    assert.deepEqual([result.status, result.error.code], [409, 'backtest_unfinished'])
  })
})

describe('quotas', () => {
  it('refuse one run more than may be unfinished, and name the number', async () => {
    const one = await setUp(idle)
    for (const fast of [2, 3, 4, 5, 6, 7])
      assert.equal((await ask(one, { parameters: { fast }, initial_capital: 4_321 })).status, 202)
    const refused = await ask(one, { parameters: { fast: 8 }, initial_capital: 4_321 })
    assert.deepEqual([refused.status, refused.error.code], [429, 'quota_exceeded'])
    assert.match(refused.error.errors.detail, /6 of your 6 backtests/)
    assert.ok(refused.headers.get('retry-after'))
  })

  it('refuse a run that would take too much memory, and say how much it would', async () => {
    const one = await setUp(idle, CROSS, 8_000)
    // Each sum waits for the one inside it.
    const nested = Array.from({ length: 58 }, (_, at) => `sma(close, ${at + 2})`).reduceRight(
      (inner, term) => `${term} + (${inner})`,
    )
    const strategy = await giveStrategy(one.who, {
      ...CROSS,
      name: 'Wide',
      long: { entry: `${nested} > 0`, exit: 'close < 0' },
    })
    const answer = await one.who.post(`/strategies/${strategy}/backtests`, one.request)
    assert.deepEqual([answer.status, answer.error.errors.instruments], [422, 'need too much memory'])
    assert.match(answer.error.errors.detail, /needs about \d+ MB of memory; the limit is 12 MB/)
  })

  it('refuse more work than a day has, and say what is left', async () => {
    const one = await setUp(idle)
    let answer = await ask(one)
    // 3,000 bars × some nodes: a million of them does not last long.
    for (let capital = 1; answer.status === 202 && capital < 200; capital++) {
      await one.who.post(`/backtests/${answer.data.id}/cancel`)
      answer = await ask(one, { initial_capital: 100 + capital })
    }
    assert.equal(answer.status, 429)
    assert.match(answer.error.errors.detail, /of your 1000000 for today are left/)
  })
})

describe('an Idempotency-Key', () => {
  it('makes a repeated request one backtest, also where they come at once', async () => {
    const one = await setUp(idle)
    const key = { 'idempotency-key': randomUUID() }
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(one, {}, key)))
    assert.equal(new Set(answers.map(({ data }) => data.id)).size, 1)
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 200, 202])
  })

  it('stands for the same backtest when it comes again later', async () => {
    const one = await setUp(idle)
    const key = { 'idempotency-key': randomUUID() }
    const first = await ask(one, { initial_capital: 1_234 }, key)
    const again = await ask(one, { initial_capital: 1_234 }, key)
    assert.deepEqual([first.status, again.status, again.data.id], [202, 200, first.data.id])
  })

  it('with another body is refused', async () => {
    const one = await setUp(idle)
    const key = { 'idempotency-key': randomUUID() }
    await ask(one, {}, key)
    const other = await ask(one, { leverage: 1, initial_capital: 5 }, key)
    assert.deepEqual([other.status, other.error.code], [422, 'idempotency_conflict'])
  })
})
