import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { tendBacktestsJob } from '../../src/backtests/run-backtests-job.ts'
import { pruneMarketDataJob } from '../../src/market-data/prune-market-data-job.ts'
import type { TestApp } from '../app.ts'
import { type Trader, trader } from '../backtests.ts'
import { BTC_MINUTES } from '../market.ts'
import { noiseLines } from '../noise.ts'
import { openUpload } from '../open-upload.ts'
import { until } from '../until.ts'
import { useInstances } from './instances.ts'
import { fillTradingAccount, readTables } from './trading-account.ts'

const instances = useInstances()
/** Counters of what strangers typed, which expire by themselves, and the processes that run jobs. */
const OF_NOBODY = ['rate_limits', 'job_processes']
const MONTH = 31 * 86_400_000
const FEBRUARY = Date.UTC(2021, 1, 1)

async function sweep({ platform }: TestApp): Promise<void> {
  const { signal } = new AbortController()
  await pruneMarketDataJob(platform).run({}, signal, 1)
  await tendBacktestsJob(platform, { work: async () => {} }).run({}, signal, 1)
}

async function stagedBytes(person: Trader): Promise<number> {
  return (await person.get('/usage')).data.market_data.staged_bytes
}

/** Rows that were not there before, and rows that are gone, by table. */
function differences(before: Map<string, string[]>, after: Map<string, string[]>): string[] {
  return [...after].flatMap(([table, rows]) => {
    if (OF_NOBODY.includes(table)) return []
    const earlier = before.get(table) ?? []
    return [
      ...rows.filter((row) => !earlier.includes(row)).map((row) => `+ ${table} ${row}`),
      ...earlier.filter((row) => !rows.includes(row)).map((row) => `- ${table} ${row}`),
    ]
  })
}

describe('33. something private is left of a deleted account', () => {
  it('in no table after the sweeps, and everything of another account with equal data is', async () => {
    const { app, twin } = instances
    const ben = await trader(app)
    await fillTradingAccount(app, ben)
    await sweep(app)
    const before = await readTables(app)
    const ada = await trader(app)
    await fillTradingAccount(app, ada)
    const upload = openUpload(twin, ada.person, { ...BTC_MINUTES, symbol: 'SOL/USDT' })
    upload.write(
      `${noiseLines(1_000, FEBRUARY).join('\n')}\n${noiseLines(10, FEBRUARY + MONTH).join('\n')}\n`,
    )
    await until(async () => (await stagedBytes(ada)) > 0)
    const filled = await readTables(app)
    for (const [table, rows] of filled) {
      const isShared = ['sample_data', 'pending_registrations'].includes(table)
      if (OF_NOBODY.includes(table) || isShared || table.startsWith('kysely')) continue
      assert.ok(rows.length > (before.get(table)?.length ?? 0), `${table} holds nothing of the account`)
    }

    assert.equal((await ada.delete('/users/me')).status, 200)
    const answer = upload.answer()
    upload.finish()
    const { status } = await answer
    assert.ok(status === 401 || status === 409, `the upload in progress was answered by ${status}`)
    await app.jobsDone()
    await sweep(app)

    const rest = differences(before, await readTables(app))
    assert.equal(rest.length, 1, rest.join('\n'))
    assert.match(rest[0] ?? '', /^\+ account_events .*account_deleted/)
    const { rows: jobs } = await sql`
      SELECT payload FROM graphile_worker._private_jobs
      WHERE payload::text LIKE ${`%${ada.person.id}%`} OR payload::text LIKE ${`%${ada.person.email}%`}`.execute(
      app.platform.db,
    )
    assert.deepEqual(jobs, [])
    const { data } = await ben.get('/backtests')
    assert.equal(data.total, 2)
    for (const { id } of data.backtests) {
      assert.equal((await ben.post(`/backtests/${id}/verify`)).data.verified, true)
    }
  })

  it('as what nobody can reach, while its deletion and its work go on at once', async () => {
    const { app, twin } = instances
    await sweep(app)
    const before = await readTables(app)
    for (let round = 0; round < 3; round++) {
      const eve = await trader(app)
      const work = fillTradingAccount(twin, eve).catch(() => {})
      await until(async () => (await eve.get('/market/datasets')).data?.total !== 0)
      assert.equal((await eve.delete('/users/me')).status, 200)
      await work
    }
    await app.jobsDone()
    await sweep(app)
    const rest = differences(before, await readTables(app))
    assert.deepEqual(
      rest.filter((line) => !/^\+ account_events .*account_deleted/.test(line)),
      [],
    )
    const failures = [...app.logs, ...twin.logs].filter((line) => line.includes('"level":"error"'))
    assert.deepEqual(failures, [])
  })
})
