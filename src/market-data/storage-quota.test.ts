import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { giveStrategy, runBacktest, type Trader, trader } from '../../test/backtests.ts'
import type { Answer } from '../../test/client.ts'
import { BTC_MINUTES, candleLines, csv, START, upload } from '../../test/market.ts'
import { noiseLines, packedNoise } from '../../test/noise.ts'
import { openUpload } from '../../test/open-upload.ts'
import { until } from '../../test/until.ts'
import { pruneMarketDataJob } from './prune-market-data-job.ts'

const MEGABYTE = 1024 * 1024
const MONTH = 31 * 86_400_000
/** Rows that take some 0.6 MB: one chunk, and two are too many. */
const ROWS = 19_500
const FEBRUARY = Date.UTC(2021, 1, 1)

let app: TestApp
let ada: Trader
before(async () => {
  app = await startTestApp({ env: { STORAGE_MB_PER_USER: '1', MAX_IMPORTS_PER_USER: '4' } })
})
beforeEach(async () => {
  ada = await trader(app)
})
after(() => app.close())

const send = (content: Uint8Array<ArrayBuffer> | string, fields = BTC_MINUTES) =>
  upload(app, ada.person, content, fields)
const usage = async () => (await ada.get('/usage')).data.market_data
const isFull = ({ status, error }: Answer) => assert.deepEqual([status, error?.code], [422, 'storage_full'])

/** The bytes that really lie in the database for an account. */
async function bytesOf({ person }: Trader): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    SELECT coalesce(sum(octet_length(data)), 0)::int AS bytes FROM chunks WHERE owner_id = ${person.id}`.execute(
    app.platform.db,
  )
  return rows[0]?.bytes ?? -1
}

describe('the storage quota', () => {
  it('counts what only a backtest keeps, and frees it with the backtest', async () => {
    const { data } = await send(packedNoise(ROWS, START))
    const request = { instruments: [{ dataset_id: data.dataset_id }] }
    const run = await runBacktest(app, ada, await giveStrategy(ada), request)
    assert.equal((await ada.delete(`/market/datasets/${data.dataset_id}`)).status, 200)
    const refused = await send(packedNoise(ROWS, START, 1))
    isFull(refused)
    assert.ok(Number(refused.error.errors.earlier_bytes) > MEGABYTE / 2)
    assert.match(refused.error.errors.detail, /Delete datasets or the backtests that keep earlier revisions/)
    assert.equal((await ada.post(`/backtests/${run.id}/verify`)).data.verified, true)
    assert.equal((await ada.delete(`/backtests/${run.id}`)).status, 200)
    assert.equal((await send(packedNoise(ROWS, START, 1))).status, 201)
  })

  it('frees a deleted dataset that nothing keeps when its space is needed', async () => {
    for (const seed of [1, 2, 3]) {
      const { status, data } = await send(packedNoise(ROWS, START, seed))
      assert.equal(status, 201)
      await ada.delete(`/market/datasets/${data.dataset_id}`)
    }
    assert.ok((await bytesOf(ada)) < MEGABYTE)
    assert.equal((await ada.get('/market/instruments?limit=100')).data.total, 0)
  })

  it('counts what was replaced until it is removed', async () => {
    const replace = { ...BTC_MINUTES, on_conflict: 'replace' }
    assert.equal((await send(packedNoise(ROWS, FEBRUARY, 1))).status, 201)
    for (const rows of [ROWS, 10]) isFull(await send(packedNoise(rows, FEBRUARY, 2), replace))
    const small = await trader(app)
    for (let seed = 0; seed < 5; seed++) {
      const answer = await upload(app, small.person, packedNoise(4_000, START, seed), replace)
      assert.equal(answer.status, 201, `replacement ${seed}`)
    }
    const kept = (await small.get('/usage')).data.market_data
    assert.ok(kept.earlier_bytes > 3 * kept.datasets_bytes, JSON.stringify(kept))
    app.clock.advance(2 * 3_600)
    await pruneMarketDataJob(app.platform).run({}, new AbortController().signal, 1)
    assert.ok((await bytesOf(small)) < 4_000 * 40)
  })

  it('stops an upload while it comes in', async () => {
    const request = openUpload(app, ada.person)
    const answer = request.answer()
    for (let month = 0; month < 6; month++) {
      request.write(`${noiseLines(ROWS, FEBRUARY + month * MONTH, month).join('\n')}\n`)
    }
    // The form is not ended: the refusal does not wait for the rest.
    assert.deepEqual(await answer, { status: 422, code: 'storage_full' })
    request.destroy()
    const { data } = await ada.get('/market/imports')
    assert.deepEqual([data.imports[0].state, data.imports[0].error.code], ['failed', 'storage_full'])
    await until(async () => (await bytesOf(ada)) === 0)
  })

  it('counts what is staged, for every upload of the account', async () => {
    const request = openUpload(app, ada.person)
    request.write(`${noiseLines(ROWS, FEBRUARY).join('\n')}\n`)
    request.write(`${noiseLines(10, FEBRUARY + MONTH).join('\n')}\n`)
    await until(async () => (await usage()).staged_bytes > MEGABYTE / 2)
    isFull(await send(packedNoise(ROWS, START, 1)))
    const answer = request.answer()
    request.finish()
    assert.deepEqual(await answer, { status: 201, code: undefined })
    const { staged_bytes: staged, datasets_bytes: datasets, stored_bytes: stored } = await usage()
    assert.deepEqual([staged, datasets], [0, stored])
  })

  it('lets one of several uploads at once in, where only one fits', async () => {
    const answers = await Promise.all(
      [1, 2, 3].map((seed) => send(packedNoise(ROWS, START, seed), { ...BTC_MINUTES, symbol: `A${seed}/B` })),
    )
    const statuses = answers.map(({ status }) => status)
    assert.ok(statuses.filter((status) => status === 201).length <= 1, `${statuses}`)
    assert.ok((await bytesOf(ada)) <= MEGABYTE)
  })

  it('takes the same rows once more without counting them twice', async () => {
    assert.equal((await send(packedNoise(ROWS, START))).status, 201)
    assert.equal((await send(packedNoise(ROWS, START))).status, 201)
    assert.ok((await usage()).stored_bytes < MEGABYTE)
  })

  it('counts rows beside the data, so that many tiny imports do not fit either', async () => {
    let answer = await send(csv(candleLines(1)))
    let imports = 1
    for (; answer.status === 201 && imports < 400; imports++) {
      answer = await send(csv(candleLines(1)), { ...BTC_MINUTES, symbol: `A${imports}/B` })
    }
    isFull(answer)
    assert.ok(imports > 100, `${imports}`)
  })
})
