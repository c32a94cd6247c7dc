import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../../test/app.ts'
import {
  CROSS,
  giveCandles,
  giveStrategy,
  runBacktest,
  swingingLines,
  type Trader,
  trader,
} from '../../test/backtests.ts'
import { pruneMarketDataJob } from '../market-data/prune-market-data-job.ts'
import { deleteUnusedResults } from './results-repository.ts'
import { tendBacktestsJob } from './run-backtests-job.ts'

const MEGABYTE = 1024 * 1024
/** Of four bytes each. */
const LONGEST_NOTE = '𝄞'.repeat(10_000)

let app: TestApp
let ada: Trader
let strategy: string
let request: { instruments: { dataset_id: string }[] }
before(async () => {
  app = await startTestApp({ env: { RESULTS_MB_PER_USER: '1' } })
})
beforeEach(async () => {
  ada = await trader(app)
  strategy = await giveStrategy(ada)
  request = { instruments: [{ dataset_id: await giveCandles(app, ada) }] }
})
after(() => app.close())

const run = (more: object = {}) => runBacktest(app, ada, strategy, { ...request, ...more })
const usage = async () => (await ada.get('/usage')).data.backtests

async function count(table: string, userId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM ${sql.table(table)} WHERE user_id = ${userId}`.execute(app.platform.db)
  return rows[0]?.count ?? -1
}

const tend = () =>
  tendBacktestsJob(app.platform, { work: async () => {} }).run({}, new AbortController().signal, 1)

/** Starts backtests with long notes until one is refused. */
async function fill(): Promise<string[]> {
  const ids: string[] = []
  for (let capital = 1_000; ; capital++) {
    const body = { ...request, initial_capital: capital, note: LONGEST_NOTE }
    const { status, data, error } = await ada.post(`/strategies/${strategy}/backtests`, body)
    if (status === 422) {
      assert.equal(error.code, 'results_full')
      assert.match(error.errors.detail, /of 1\.0 MB\. Delete backtests/)
      return ids
    }
    assert.equal(status, 202)
    await app.jobsDone()
    ids.push(data.id)
  }
}

describe('the quota of backtests and results', () => {
  it('counts rows, notes and results, and refuses a new run where they fill it', async () => {
    const ids = await fill()
    assert.ok(ids.length > 3 && ids.length < 10, `${ids.length}`)
    const { stored_bytes: stored, quota_bytes: quota } = await usage()
    assert.ok(stored > 0.8 * MEGABYTE && stored <= quota, `${stored}`)
    await ada.delete(`/backtests/${ids[0]}`)
    assert.equal((await ada.post(`/strategies/${strategy}/backtests`, request)).status, 202)
  })

  it('lets a full account read, rename, shorten and delete', async () => {
    const [id = ''] = await fill()
    const shortest = await run()
    assert.equal(shortest.state, 'succeeded')
    // What was kept under a larger quota stays.
    await sql`UPDATE backtests SET note = ${LONGEST_NOTE} WHERE id = ${shortest.id}`.execute(app.platform.db)
    const grown = await ada.patch(`/backtests/${shortest.id}`, { name: 'n'.repeat(100) })
    assert.deepEqual([grown.status, grown.error.code], [422, 'results_full'])
    assert.equal((await ada.patch(`/backtests/${shortest.id}`, { is_favourite: true })).status, 200)
    assert.equal((await ada.patch(`/backtests/${shortest.id}`, { note: '' })).status, 200)
    assert.equal((await ada.get(`/backtests/${id}`)).data.note, LONGEST_NOTE)
    assert.equal((await ada.delete(`/backtests/${id}`)).status, 200)
    assert.equal((await ada.patch(`/backtests/${id}`, { note: 'gone' })).status, 404)
  })

  it('fails a run whose result does not fit, with its reason', async () => {
    const first = await run()
    const { rows } = await sql<{ bytes: number }>`
      SELECT bytes FROM backtest_results WHERE user_id = ${ada.person.id}`.execute(app.platform.db)
    const left = (rows[0]?.bytes ?? 0) / 2
    const { stored_bytes: stored, quota_bytes: quota } = await usage()
    // The second row takes about as much as the first one.
    const taken = Math.ceil(quota - stored - left - 4_096)
    await sql`UPDATE backtest_results SET bytes = bytes + ${taken} WHERE user_id = ${ada.person.id}`.execute(
      app.platform.db,
    )
    const second = await run({ initial_capital: 5_555 })
    assert.deepEqual([second.state, second.error.code], ['failed', 'results_full'])
    assert.match(second.error.detail, /Delete backtests that you no longer need/)
    assert.equal((await ada.get(`/backtests/${first.id}`)).data.state, 'succeeded')
  })

  it('holds for runs that are asked for at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        ada.post(`/strategies/${strategy}/backtests`, {
          ...request,
          initial_capital: 2_000 + at,
          note: LONGEST_NOTE,
        }),
      ),
    )
    const codes = new Set(answers.map(({ status, error }) => error?.code ?? status))
    assert.deepEqual(codes, new Set([202, 'results_full']))
    const { stored_bytes: stored, quota_bytes: quota } = await usage()
    assert.ok(stored <= quota, `${stored}`)
    await app.jobsDone()
  })
})

describe('a result', () => {
  it('goes with the last backtest that has it', async () => {
    const twin = await giveStrategy(ada)
    const first = await run()
    const second = await ada.post(`/strategies/${twin}/backtests`, request)
    assert.equal(second.status, 201)
    await ada.delete(`/backtests/${first.id}`)
    assert.equal((await ada.get(`/backtests/${second.data.id}/trades?limit=1`)).status, 200)
    await ada.delete(`/backtests/${second.data.id}`)
    assert.equal(await count('backtest_results', ada.person.id), 0)
  })

  it('is not swept away while a new backtest is about to name it', async () => {
    const { db } = app.platform
    const first = await run()
    const twin = await giveStrategy(ada)
    await sql`DELETE FROM backtests WHERE id = ${first.id}`.execute(db)
    const [asked] = await Promise.all([
      ada.post(`/strategies/${twin}/backtests`, request),
      ...Array.from({ length: 5 }, () => deleteUnusedResults(db)),
    ])
    await app.jobsDone()
    const { data } = await ada.get(`/backtests/${asked.data.id}`)
    assert.equal(data.state, 'succeeded')
    assert.notEqual(data.result, null)
    assert.equal((await ada.get(`/backtests/${asked.data.id}/trades?limit=1`)).status, 200)
  })

  it('is swept away where its strategy was deleted permanently', async () => {
    const { id } = await run()
    const answer = await ada.delete(`/strategies/${strategy}?permanently=true`)
    assert.deepEqual([answer.status, answer.data.message], [200, 'The strategy was deleted.'])
    assert.equal((await ada.get(`/backtests/${id}`)).status, 404)
    assert.equal((await ada.get(`/strategies/${strategy}`)).status, 404)
    assert.equal((await ada.delete(`/strategies/${strategy}?permanently=true`)).status, 404)
    await tend()
    assert.equal(await count('backtest_results', ada.person.id), 0)
  })

  it('that comes after its backtest was deleted is not kept', async () => {
    const { db } = app.platform
    await sql`
      CREATE FUNCTION delete_backtests() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN DELETE FROM backtests WHERE id = NEW.id; RETURN NULL; END $$`.execute(db)
    await sql`CREATE TRIGGER delete_backtests AFTER UPDATE ON backtests FOR EACH ROW
      WHEN (NEW.state = 'running') EXECUTE FUNCTION delete_backtests()`.execute(db)
    await ada.post(`/strategies/${strategy}/backtests`, request)
    await app.jobsDone().finally(() => sql`DROP FUNCTION delete_backtests CASCADE`.execute(db))
    assert.equal(await count('backtest_results', ada.person.id), 0)
  })
})

describe('the events of a backtest', () => {
  it('lose their progress an hour after its end, and keep the end', async () => {
    const { db } = app.platform
    const { id } = await run()
    await sql`INSERT INTO backtest_events VALUES (${id}, 90, 'progress', '{}')`.execute(db)
    const events = async () => {
      const { rows } = await sql<{ event: string }>`
        SELECT event FROM backtest_events WHERE backtest_id = ${id} ORDER BY number`.execute(db)
      return rows.map(({ event }) => event)
    }
    await tend()
    assert.ok((await events()).includes('progress'))
    app.clock.advance(3_601)
    await tend()
    assert.deepEqual(await events(), ['queued', 'succeeded'])
  })
})

describe('a dataset that is deleted while a backtest of it is asked for', () => {
  it('does not exist, or is kept for the backtest', async () => {
    for (let at = 0; at < 8; at++) {
      const fields = { exchange: 'kraken', symbol: `A${at}/B`, timeframe: '1m' }
      const dataset = await giveCandles(app, ada, swingingLines(300), fields)
      const [asked] = await Promise.all([
        ada.post(`/strategies/${strategy}/backtests`, { instruments: [{ dataset_id: dataset }] }),
        ada.delete(`/market/datasets/${dataset}`),
        pruneMarketDataJob(app.platform).run({}, new AbortController().signal, 1),
      ])
      assert.ok([202, 404, 422].includes(asked.status), JSON.stringify(asked.body))
      await app.jobsDone()
      if (asked.status !== 202) continue
      assert.equal((await ada.get(`/backtests/${asked.data.id}`)).data.state, 'succeeded')
    }
  })
})

describe('a strategy that is deleted while a backtest of it is asked for', () => {
  it('is a strategy that does not exist', async () => {
    const short = await giveCandles(app, ada, swingingLines(300), {
      exchange: 'kraken',
      symbol: 'A/B',
      timeframe: '1m',
    })
    for (let at = 0; at < 5; at++) {
      const doomed = await giveStrategy(ada, { ...CROSS, name: `Doomed ${at}` })
      const [asked] = await Promise.all([
        ada.post(`/strategies/${doomed}/backtests`, { instruments: [{ dataset_id: short }] }),
        ada.delete(`/strategies/${doomed}?permanently=true`),
      ])
      assert.ok([201, 202, 404].includes(asked.status), JSON.stringify(asked.body))
    }
    await app.jobsDone()
  })
})
