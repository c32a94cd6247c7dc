import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { giveStrategy, runBacktest, trader } from '../../test/backtests.ts'
import { randomIp } from '../../test/client.ts'
import { BTC_MINUTES, candleLines, csv, HEADER, START, upload } from '../../test/market.ts'
import { type SignedUp, signUp } from '../../test/people.ts'
import { readRows } from '../../test/tables.ts'
import { withBudget } from '../../test/work.ts'
import { arrowStream } from './arrow-reader.ts'
import { createChunkCache } from './chunk-cache.ts'
import { loadCandles, loadChunks, loadFunding } from './load-columns.ts'
import { pruneMarketDataJob } from './prune-market-data-job.ts'

const MINUTE = 60_000
const DAY = 1_440 * MINUTE

let app: TestApp
let person: SignedUp
before(async () => {
  app = await startTestApp()
})
beforeEach(async () => {
  person = await signUp(app)
})
after(() => app.close())

const get = (path: string, who = person) => who.client.get(`/market/${path}`, { token: who.accessToken })
const remove = (path: string, who = person) =>
  who.client.delete(`/market/${path}`, { token: who.accessToken })

/** 60,000 minutes from 2021-02-19 on: three months' chunks. */
async function longDataset(): Promise<string> {
  const { data } = await upload(app, person, csv(candleLines(60_000)))
  return data.dataset_id
}

async function readRaw(id: string, query: string, accept: string): Promise<Response> {
  return fetch(`${app.url}/api/v1/market/datasets/${id}/candles${query}`, {
    headers: { authorization: `Bearer ${person.accessToken}`, accept, 'x-forwarded-for': randomIp() },
  })
}

async function count(table: string): Promise<number> {
  const { rows } = await sql<{
    count: number
  }>`SELECT count(*)::int AS count FROM ${sql.table(table)}`.execute(app.platform.db)
  return rows[0]?.count ?? -1
}

const sweep = () => pruneMarketDataJob(app.platform).run({}, new AbortController().signal, 1)

describe('datasets', () => {
  it('are listed in pages, sorted and filtered', async () => {
    for (const [index, fields] of [
      BTC_MINUTES,
      { ...BTC_MINUTES, symbol: 'ETH/USDT' },
      { ...BTC_MINUTES, exchange: 'kraken' },
      { exchange: 'binance', symbol: 'ADA/USDT', timeframe: '1h' },
    ].entries()) {
      const step = fields.timeframe === '1h' ? 60 * MINUTE : MINUTE
      await upload(app, person, csv(candleLines(10 + index, START, step)), fields)
    }
    const names = async (query: string) => {
      const { data } = await get(`datasets?owner=me&${query}`)
      return data.datasets.map(({ exchange, symbol }: Record<string, string>) => `${exchange} ${symbol}`)
    }
    assert.deepEqual(await names('sort=bars&limit=2&page=2'), ['kraken BTC/USDT', 'binance ADA/USDT'])
    assert.deepEqual(await names('sort=-bars&limit=1'), ['binance ADA/USDT'])
    assert.deepEqual(await names('timeframe=1h'), ['binance ADA/USDT'])
    assert.deepEqual(await names('exchange=kraken&symbol=BTC/USDT'), ['kraken BTC/USDT'])
    const { data } = await get('datasets?limit=1&sort=symbol')
    assert.deepEqual([data.total, data.page, data.limit, data.datasets.length], [4, 1, 1, 1])
    assert.equal((await get('datasets?owner=shared')).data.total, 0)
    for (const query of ['sort=price', 'timeframe=7m', 'limit=0', 'owner=you', 'exchange=A']) {
      const { status, error } = await get(`datasets?${query}`)
      assert.deepEqual([status, error.code], [422, 'validation_failed'], query)
    }
    assert.ok((await get('exchanges')).data.exchanges.some(({ id }: { id: string }) => id === 'binance'))
  })

  it('and imports of others do not exist for anybody else', async () => {
    const { data: imported } = await upload(app, person, csv(candleLines(10)))
    const other = await signUp(app)
    const paths = [
      `datasets/${imported.dataset_id}`,
      `datasets/${imported.dataset_id}/candles`,
      `imports/${imported.id}`,
      `imports/${imported.id}/events`,
    ]
    for (const path of [
      ...paths,
      `datasets/${randomUUID()}`,
      'datasets/x',
      'imports/x',
      `imports/${randomUUID()}/events`,
    ]) {
      const { status, error } = await get(path, other)
      assert.deepEqual(
        [status, error.code],
        [404, path.startsWith('datasets') ? 'dataset_not_found' : 'import_not_found'],
        path,
      )
    }
    assert.equal((await remove(`datasets/${imported.dataset_id}`, other)).status, 404)
    const cancelled = await other.client.post(
      `/market/imports/${imported.id}/cancel`,
      {},
      { token: other.accessToken },
    )
    assert.equal(cancelled.status, 404)
    for (const list of ['datasets', 'imports', 'instruments'])
      assert.equal((await get(list, other)).data.total, 0)
    assert.equal((await get(`datasets/${imported.dataset_id}`)).status, 200)
    const { data } = await get(`imports?dataset_id=${imported.dataset_id}&source=upload&sort=created_at`)
    assert.equal(data.total, 1)
  })

  it('need a session', async () => {
    for (const path of ['datasets', 'instruments', 'exchanges', 'imports']) {
      assert.equal((await person.client.get(`/market/${path}`)).status, 401)
    }
  })

  it('that are deleted are gone at once, and their chunks with the last backtest that has read them', async () => {
    await sweep()
    const ada = await trader(app)
    person = ada.person
    const before = [await count('chunks'), await count('dataset_revisions')]
    const id = await longDataset()
    const { data } = await get(`datasets/${id}`)
    const { db } = app.platform
    const run = await runBacktest(app, ada, await giveStrategy(ada), { instruments: [{ dataset_id: id }] })
    assert.equal((await remove(`datasets/${id}`)).status, 200)
    assert.equal((await get(`datasets/${id}`)).status, 404)
    assert.equal((await remove(`datasets/${id}`)).status, 404)
    app.clock.advance(2 * 3_600)
    await sweep()
    const kept = await withBudget((budget) =>
      loadCandles({ db, cache: createChunkCache(1e9), budget }, data.revision_id, {
        from: START,
        to: START + DAY,
      }),
    )
    assert.equal(kept.close.length, 1_440)
    await sql`DELETE FROM backtests WHERE id = ${run.id}`.execute(db)
    await sweep()
    assert.deepEqual([await count('chunks'), await count('dataset_revisions')], before)
  })

  it('go with their account, chunks and all', async () => {
    app.clock.advance(2 * 3_600)
    await sweep()
    const before = [await count('chunks'), await count('dataset_revisions'), await count('imports')]
    const other = await signUp(app)
    await upload(app, other, csv(candleLines(77)))
    assert.equal((await other.client.delete('/users/me', { token: other.accessToken })).status, 200)
    await sweep()
    assert.deepEqual(
      [await count('chunks'), await count('dataset_revisions'), await count('imports')],
      before,
    )
  })

  it('that are replaced leave no chunks behind that nothing names', async () => {
    await longDataset()
    const chunks = await count('chunks')
    const changed = candleLines(60_000).with(7, `${START + 7 * MINUTE},1,2,0.5,1.5,1`)
    await upload(app, person, csv(changed), { ...BTC_MINUTES, on_conflict: 'replace' })
    assert.equal(await count('chunks'), chunks + 1)
    app.clock.advance(2 * 3_600)
    await sweep()
    assert.equal(await count('chunks'), chunks)
  })
})

describe('candles', () => {
  it('are read from a range, in pages that say where they go on', async () => {
    const id = await longDataset()
    const times: number[] = []
    let from: number | null = START
    while (from !== null) {
      const { data } = await get(`datasets/${id}/candles?from=${from}&to=2021-02-21T00:00:00Z&limit=999`)
      times.push(...data.rows.map(([time]: number[]) => time))
      from = data.next_from
    }
    assert.deepEqual(
      times,
      Array.from({ length: 2 * 1_440 }, (_, index) => START + index * MINUTE),
    )
    const { data: first } = await get(`datasets/${id}/candles`)
    assert.deepEqual([first.rows.length, first.next_from], [1_000, START + 1_000 * MINUTE])
    const { data: beyond } = await get(`datasets/${id}/candles?from=2030-01-01`)
    assert.deepEqual([beyond.rows, beyond.next_from], [[], null])
    const { data: end } = await get(`datasets/${id}/candles?from=${START + 59_000 * MINUTE}&limit=1000`)
    assert.deepEqual([end.rows.length, end.next_from], [1_000, null])
  })

  it('are CSV that can be uploaded again, to the same hash', async () => {
    const id = await longDataset()
    const response = await readRaw(id, '', 'text/csv')
    assert.match(response.headers.get('content-disposition') ?? '', /binance-BTC-USDT-1m\.csv/)
    const other = await signUp(app)
    const { data } = await upload(app, other, await response.text())
    const [a, b] = [await get(`datasets/${id}`), await get(`datasets/${data.dataset_id}`, other)]
    assert.equal(a.data.hash, b.data.hash)
  })

  it('are an Arrow stream, with what they are of', async () => {
    const id = await longDataset()
    const response = await readRaw(id, '?limit=50000', 'application/vnd.apache.arrow.stream')
    assert.equal(response.headers.get('content-type'), 'application/vnd.apache.arrow.stream')
    const bytes = Buffer.from(await response.arrayBuffer())
    assert.ok(bytes.includes('is_synthetic') && bytes.includes('BTC/USDT'))
    const rows = readRows(arrowStream, bytes, { pieceSize: bytes.length })
    assert.equal(rows.length, 50_000)
    assert.equal(
      rows.reduce((sum, row) => sum + (row[5] ?? 0), 0),
      Array.from({ length: 50_000 }, (_, index) => 1 + (index % 13)).reduce((sum, value) => sum + value),
    )
  })

  it('of a larger timeframe are made of all their minutes, across chunks', async () => {
    const id = await longDataset()
    const { data } = await get(`datasets/${id}/candles?timeframe=1w&from=2021-02-16&to=2021-03-09`)
    assert.deepEqual(
      data.rows.map(([time]: number[]) => new Date(time ?? 0).toISOString().slice(0, 10)),
      ['2021-02-22', '2021-03-01', '2021-03-08'],
    )
    const week = Array.from({ length: 7 * 1_440 }, (_, index) => 3 * 1_440 + index)
    const volume = week.reduce((sum, index) => sum + 1 + (index % 13), 0)
    assert.equal(data.rows[0][5], volume)
    const { data: whole } = await get(`datasets/${id}/candles?timeframe=1M&limit=3`)
    assert.deepEqual([whole.timeframe, whole.rows.length, whole.next_from], ['1M', 3, null])
    const { data: days } = await get(`datasets/${id}/candles?timeframe=1d&limit=3`)
    assert.deepEqual(
      days.rows.map(([time]: number[]) => time),
      [START, START + DAY, START + 2 * DAY],
    )
    const { data: same } = await get(`datasets/${id}/candles?timeframe=1m&limit=1`)
    assert.equal(same.rows[0][0], START)
    const { data: none } = await get(`datasets/${id}/candles?timeframe=1d&from=2031-01-01`)
    assert.deepEqual(none.rows, [])
  })

  it('are refused where the question makes no sense', async () => {
    const id = await longDataset()
    for (const [query, field] of [
      ['timeframe=1s', 'timeframe'],
      ['timeframe=7m', 'timeframe'],
      ['from=yesterday', 'from'],
      ['to=2021-13-01', 'to'],
      ['limit=0', 'limit'],
      ['limit=x', 'limit'],
    ] as const) {
      const { status, error } = await get(`datasets/${id}/candles?${query}`)
      assert.deepEqual([status, error.code, field in error.errors], [422, 'validation_failed', true], query)
    }
  })

  it('are loaded for a run: a range in shared memory, and bars before it, over chunks', async () => {
    const id = await longDataset()
    const { data } = await get(`datasets/${id}`)
    const { db } = app.platform
    const cache = createChunkCache(1e9)
    const load = (from: number, to: number, before = 0) =>
      withBudget((budget) => loadCandles({ db, cache, budget }, data.revision_id, { from, to, before }))
    const [from, to] = [Date.UTC(2021, 2, 1), Date.UTC(2021, 3, 1)]
    const march = await load(from, to)
    assert.deepEqual(
      [march.timestamp.length, march.timestamp[0], march.timestamp.at(-1)],
      [31 * 1_440, from, to - MINUTE],
    )
    assert.ok(march.close.buffer instanceof SharedArrayBuffer)
    const longer = await load(from, to, 500)
    assert.deepEqual([longer.timestamp.length, longer.timestamp[0]], [31 * 1_440 + 500, from - 500 * MINUTE])
    assert.deepEqual(longer.close.subarray(500), march.close)
    const all = await load(to, to + DAY, 1e9)
    assert.deepEqual(
      [all.timestamp[0], all.timestamp.length],
      [START, Math.min(60_000, (to + DAY - START) / MINUTE)],
    )
    assert.equal((await load(0, START)).close.length, 0)
    assert.equal((await load(Date.UTC(2030, 0), Date.UTC(2031, 0), 10)).timestamp[0], START + 59_990 * MINUTE)
    const funding = await upload(
      app,
      person,
      `timestamp,rate,mark_price\n${START},0.1,5\n${START + DAY},0.2,6\n`,
      { exchange: 'a', symbol: 'A/B:B', data: 'funding' },
    )
    const { data: rates } = await get(`datasets/${funding.data.dataset_id}`)
    await assert.rejects(loadChunks(db, cache, [{ key: Buffer.alloc(32) } as never]), {
      code: 'data_changed',
    })
    const csvText = await (await readRaw(funding.data.dataset_id, '', 'text/csv')).text()
    assert.equal(csvText.split('\n')[1], `2021-02-19T00:00:00.000Z,0.1,5`)
    const { rate, markPrice } = await withBudget((budget) =>
      loadFunding({ db, cache, budget }, rates.revision_id, { from: START + 1, to: START + 2 * DAY }),
    )
    assert.deepEqual([[...rate], [...markPrice]], [[0.2], [6]])
  })
})

describe('what dead processes leave', () => {
  it('is swept away: uploads without an end, what was staged for them, and old records', async () => {
    const { db } = app.platform
    const { data } = await upload(app, person, csv(candleLines(10), HEADER))
    await sql`UPDATE imports SET state = 'running', finished_at = NULL WHERE id = ${data.id}`.execute(db)
    await sql`INSERT INTO staged_chunks SELECT ${data.id}, period_start, chunk_key FROM revision_chunks LIMIT 1`.execute(
      db,
    )
    const ended = await upload(app, person, csv(candleLines(11), HEADER))
    await sql`INSERT INTO staged_chunks SELECT ${ended.data.id}, period_start, chunk_key FROM revision_chunks LIMIT 1`.execute(
      db,
    )
    await sweep()
    assert.equal(await count('staged_chunks'), 1)
    app.clock.advance(3 * 3_600)
    await sweep()
    assert.equal(await count('staged_chunks'), 0)
    const row = await sql<{
      state: string
      detail: string
    }>`SELECT state, error_detail AS detail FROM imports WHERE id = ${data.id}`.execute(db)
    assert.deepEqual(row.rows[0], {
      state: 'failed',
      detail: 'The upload ended without a word. Send it again.',
    })
    app.clock.advance(91 * 86_400)
    await sweep()
    assert.equal(await count('imports'), 0)
  })

  it('is not swept while a process stops', async () => {
    const aborted = AbortSignal.abort()
    await pruneMarketDataJob(app.platform).run({}, aborted, 1)
  })
})
