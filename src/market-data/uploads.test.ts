import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { createClient } from '../../test/client.ts'
import { BTC_MINUTES, candleLines, csv, HEADER, START, sendForm, upload } from '../../test/market.ts'
import { packedNoise } from '../../test/noise.ts'
import { type SignedUp, signUp } from '../../test/people.ts'
import { until } from '../../test/until.ts'
import { arrowBatch, arrowEnd, arrowSchema } from './arrow-writer.ts'
import { generateCandles } from './generate-candles.ts'
import { candleColumns } from './series.ts'

const MINUTE = 60_000
const MEGABYTE = 1024 * 1024

let app: TestApp
let small: TestApp
let person: SignedUp
before(async () => {
  app = await startTestApp()
  const env = {
    UPLOAD_MAX_MB: '1',
    STORAGE_MB_PER_USER: '1',
    MAX_IMPORTS_PER_USER: '1',
    UPLOAD_MAX_MINUTES: '1',
  }
  small = await startTestApp({ sharing: app, withoutJobs: true, env })
})
beforeEach(async () => {
  person = await signUp(app)
})
after(async () => {
  await small.close()
  await app.close()
})

const get = (path: string, who = person) => who.client.get(`/market/${path}`, { token: who.accessToken })

async function chunkCount(): Promise<number> {
  const { rows } = await sql<{ count: number }>`SELECT count(*)::int AS count FROM chunks`.execute(
    app.platform.db,
  )
  return rows[0]?.count ?? -1
}

/** A form that is written by hand, so that it can stop anywhere. */
function openUpload(to: TestApp, headers: Record<string, string> = {}): ClientRequest {
  const request = httpRequest(`${to.url}/api/v1/market/imports`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${person.accessToken}`,
      'content-type': 'multipart/form-data; boundary=x',
      ...headers,
    },
  })
  request.on('error', () => {})
  return request
}

const FORM = `${Object.entries(BTC_MINUTES)
  .map(([name, value]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
  .join('')}--x\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n`

async function answerOf(request: ClientRequest): Promise<{ status: number | undefined; code: string }> {
  const [response]: [IncomingMessage] = (await once(request, 'response')) as [IncomingMessage]
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part)
  return { status: response.statusCode, code: JSON.parse(Buffer.concat(parts).toString()).api_error?.code }
}

describe('an upload', () => {
  it('becomes a dataset with its range, bars, hash and quality, and a record of the import', async () => {
    const answer = await upload(app, person, csv(candleLines(1_000)))
    assert.deepEqual([answer.status, answer.data.state, answer.data.bars_added], [201, 'succeeded', 1_000])
    assert.equal(answer.headers.get('location'), `/api/v1/market/imports/${answer.data.id}`)
    const { data } = await get(`datasets/${answer.data.dataset_id}`)
    const range = [new Date(START).toISOString(), new Date(START + 999 * MINUTE).toISOString()]
    assert.deepEqual(
      [data.bars, data.from, data.to, data.is_shared, data.is_synthetic],
      [1_000, ...range, false, false],
    )
    assert.match(data.hash, /^[0-9a-f]{64}$/)
    assert.deepEqual([data.quality.missing_bars, data.quality.jumps, data.quality.without_volume], [0, 0, 0])
    const { data: imported } = await get(`imports/${answer.data.id}`)
    assert.deepEqual(imported, answer.data)
    const { data: list } = await get('instruments')
    const { price_tick, kind, taker_fee } = list.instruments[0]
    assert.deepEqual([price_tick, kind, taker_fee], [0.01, 'spot', 0.001])
  })

  it('is the same dataset in whatever form it comes', async () => {
    const recipe = {
      ...({
        seed: 3,
        timeframe: '1m',
        from: START,
        bars: 2_000,
        price: 100,
        priceTick: 0.01,
        volatility: 0.001,
      } as const),
      ...{
        trend: 0,
        trendBars: 100,
        reversion: 0,
        jumpChance: 0,
        jump: 0,
        gapChance: 0.01,
        gapBars: 5,
        volume: 3,
      },
    }
    const columns = candleColumns(generateCandles(recipe))
    const rows = [...(columns[0] ?? [])].map((_, row) => columns.map((column) => column[row]).join(','))
    const names = HEADER.split(',')
    const forms = [
      csv(rows),
      csv(
        rows.map((row) => row.replaceAll(',', ';')),
        HEADER.replaceAll(',', ';'),
      ).replaceAll('\n', '\r\n'),
      new Uint8Array(gzipSync(`\uFEFF${csv(rows)}`)),
      new Uint8Array(Buffer.concat([arrowSchema(names, {}), arrowBatch(columns), arrowEnd()])),
      new Uint8Array(
        gzipSync(
          Buffer.concat([Buffer.from('ARROW1\0\0'), arrowSchema(names, {}), arrowBatch(columns), arrowEnd()]),
        ),
      ),
    ]
    const hashes = new Set<string>()
    for (const form of forms) {
      const who = await signUp(app)
      const { data } = await upload(app, who, form)
      hashes.add((await get(`datasets/${data.dataset_id}`, who)).data.hash)
    }
    assert.equal(hashes.size, 1)
  })

  it('adds what is new, leaves what is equal, and makes another hash of another value', async () => {
    const first = await upload(app, person, csv(candleLines(100)))
    const before = (await get(`datasets/${first.data.dataset_id}`)).data
    const again = await upload(app, person, csv(candleLines(100)))
    assert.deepEqual([again.status, again.data.bars_added, again.data.dataset_id], [201, 0, before.id])
    assert.equal((await get(`datasets/${before.id}`)).data.hash, before.hash)
    const more = await upload(app, person, csv(candleLines(200_000).slice(50)))
    assert.equal(more.data.bars_added, 199_900)
    const after = (await get(`datasets/${before.id}`)).data
    assert.deepEqual([after.bars, after.quality.missing_bars], [200_000, 0])
    assert.notEqual(after.hash, before.hash)
  })

  it('that disagrees with what is stored is refused, with the first such row, until it may replace', async () => {
    const { data } = await upload(app, person, csv(candleLines(10)))
    const changed = candleLines(10).with(5, `${START + 5 * MINUTE},50005,50007.5,50002.5,50006,6`)
    const refused = await upload(app, person, csv(changed))
    assert.deepEqual([refused.status, refused.error.code], [409, 'data_conflict'])
    assert.match(
      refused.error.errors.detail,
      /At 2021-02-19T00:05:00.000Z: close 50006.25 is stored, 50006 was sent/,
    )
    assert.equal(refused.error.errors.timestamp, '2021-02-19T00:05:00.000Z')
    const { data: imports } = await get('imports?state=failed')
    assert.deepEqual([imports.total, imports.imports[0].error.code], [1, 'data_conflict'])
    const replaced = await upload(app, person, csv(changed), { ...BTC_MINUTES, on_conflict: 'replace' })
    assert.deepEqual([replaced.status, replaced.data.bars_added], [201, 0])
    const { data: rows } = await get(`datasets/${data.dataset_id}/candles?from=2021-02-19T00:05&limit=1`)
    assert.equal(rows.rows[0][4], 50_006)
  })

  it('with a bad row is refused with its line and reason, and nothing of it is stored', async () => {
    const chunks = await chunkCount()
    const lines = [...candleLines(50_000), `${START + 50_000 * MINUTE},1,0.5,2,1,1`]
    const { status, error } = await upload(app, person, csv(lines))
    assert.deepEqual([status, error.code, error.errors.line], [422, 'invalid_rows', '50002'])
    assert.match(error.errors.detail, /^Line 50002: high is below low\. Nothing was stored\.$/)
    assert.deepEqual([(await get('datasets')).data.total, await chunkCount()], [0, chunks])
  })

  const files: [string, string | Uint8Array<ArrayBuffer>, RegExp][] = [
    ['an empty file', '', /no rows/],
    ['a header alone', `${HEADER}\n`, /no rows/],
    ['a text that is no table', 'hello there', /no column for timestamp/],
    [
      'a ZIP archive',
      new Uint8Array(Buffer.from('PK\u0003\u0004 and more')),
      /ZIP archives are not supported/,
    ],
    ['Parquet', 'PAR1 and more', /Parquet is not supported/],
    ['UTF-16', new Uint8Array(Buffer.from('\uFEFFtimestamp', 'utf16le')), /UTF-16/],
    ['gzip in gzip', new Uint8Array(gzipSync(gzipSync('a'))), /packed twice/],
    [
      'damaged gzip',
      new Uint8Array(gzipSync(csv(candleLines(5_000)))).fill(0, 100, 120),
      /gzip data is damaged/,
    ],
    [
      'gzip that is cut off',
      new Uint8Array(gzipSync(csv(candleLines(5_000))).subarray(0, 500)),
      /gzip data is damaged or cut off/,
    ],
  ]
  for (const [what, content, reason] of files) {
    it(`of ${what} is refused with the reason`, async () => {
      const { status, error } = await upload(app, person, content)
      assert.deepEqual([status, error.code], [422, 'invalid_file'])
      assert.match(error.errors.detail, reason)
    })
  }

  it('of a kind, ticks and fees that are given keeps them, and changes them later', async () => {
    const fields = {
      ...BTC_MINUTES,
      symbol: 'BTC-PERP',
      kind: 'linear',
      taker_fee: '0.0007',
      price_tick: '0.5',
    }
    await upload(app, person, csv(candleLines(5)), fields)
    await upload(app, person, csv(candleLines(5)), { ...fields, taker_fee: '0.0006' })
    const { data } = await get('instruments?search=perp&kind=linear&exchange=binance&sort=-created_at')
    assert.deepEqual(
      data.instruments.map(({ kind, taker_fee, price_tick, maker_fee }: Record<string, unknown>) => [
        kind,
        taker_fee,
        price_tick,
        maker_fee,
      ]),
      [['linear', 0.0006, 0.5, 0.0002]],
    )
    assert.equal((await get('instruments?search=%25')).data.total, 0)
  })

  it('of funding rates becomes a dataset of its own', async () => {
    const fields = { exchange: 'binance', symbol: 'BTC/USDT:USDT', data: 'funding' }
    const { status, data } = await upload(
      app,
      person,
      `fundingTime,fundingRate\n${START},0.0001\n${START + 8 * 3_600_000},-0.0001\n`,
      fields,
    )
    assert.deepEqual([status, data.data, data.timeframe], [201, 'funding', null])
    const dataset = await get(`datasets/${data.dataset_id}`)
    assert.deepEqual([dataset.data.bars, dataset.data.quality, dataset.data.timeframe], [2, null, null])
    const { data: rows } = await get(`datasets/${data.dataset_id}/candles`)
    assert.deepEqual(
      [rows.columns, rows.rows[0]],
      [
        ['timestamp', 'rate', 'mark_price'],
        [START, 0.0001, null],
      ],
    )
    const headers = { authorization: `Bearer ${person.accessToken}`, accept: 'text/csv' }
    const text = await fetch(`${app.url}/api/v1/market/datasets/${data.dataset_id}/candles`, { headers })
    assert.match(await text.text(), /^timestamp,rate,mark_price\n2021-02-19T00:00:00\.000Z,0\.0001,\n/)
    const larger = await get(`datasets/${data.dataset_id}/candles?timeframe=1d`)
    assert.deepEqual([larger.status, larger.error.errors.timeframe !== undefined], [422, true])
    assert.equal((await get('datasets?data=funding')).data.total, 1)
    assert.equal((await get('datasets?data=candles')).data.total, 0)
  })
})

describe('a form', () => {
  const refusals: [string, (form: FormData) => void, string][] = [
    ['without a file', (form) => form.append('exchange', 'binance'), 'file'],
    [
      'whose fields come after the file',
      (form) => {
        form.append('file', new Blob(['x']), 'a')
        form.append('exchange', 'binance')
      },
      'exchange',
    ],
    ['with another name for the file', (form) => form.append('candles', new Blob(['x']), 'a'), 'candles'],
    ['with a field that is too long', (form) => form.append('exchange', 'x'.repeat(2_000)), 'exchange'],
    [
      'without an exchange',
      (form) => {
        form.append('symbol', 'A/B')
        form.append('file', new Blob(['x']), 'a')
      },
      'exchange',
    ],
    [
      'with an odd exchange',
      (form) => {
        form.append('exchange', 'A B')
        form.append('file', new Blob(['x']), 'a')
      },
      'exchange',
    ],
    [
      'with a tick that is no number',
      (form) => {
        for (const [name, value] of Object.entries({ ...BTC_MINUTES, price_tick: 'x' }))
          form.append(name, value)
        form.append('file', new Blob(['x']), 'a')
      },
      'price_tick',
    ],
    [
      'without a timeframe',
      (form) => {
        form.append('exchange', 'a')
        form.append('symbol', 'A/B')
        form.append('file', new Blob(['x']), 'a')
      },
      'timeframe',
    ],
    [
      'of an inverse contract',
      (form) => {
        for (const [name, value] of Object.entries({ ...BTC_MINUTES, symbol: 'BTC/USD:BTC' }))
          form.append(name, value)
        form.append('file', new Blob(['x']), 'a')
      },
      'symbol',
    ],
    [
      'with two files',
      (form) => {
        for (const [name, value] of Object.entries(BTC_MINUTES)) form.append(name, value)
        form.append('file', new Blob([csv(candleLines(3))]), 'a')
        form.append('file', new Blob(['x']), 'a')
      },
      'file',
    ],
  ]
  for (const [what, fill, field] of refusals) {
    it(`${what} is refused, and the field is named`, async () => {
      const form = new FormData()
      fill(form)
      const { status, error } = await sendForm(app, person, form)
      assert.deepEqual(
        [status, error.code, field in error.errors],
        [422, 'validation_failed', true],
        JSON.stringify(error),
      )
      assert.equal((await get('datasets')).data.total, 0)
    })
  }

  it('with too many fields is refused', async () => {
    const form = new FormData()
    for (let index = 0; index < 30; index++) form.append(`field${index}`, 'x')
    const { status, error } = await sendForm(app, person, form)
    assert.deepEqual([status, error.errors.detail], [422, 'There are too many fields.'])
  })

  it('without a boundary, or damaged, is refused', async () => {
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=x']) {
      const answer = await createClient(app).request('POST', '/market/imports', {
        token: person.accessToken,
        rawBody: 'not a form',
        headers: { 'content-type': type },
      })
      assert.deepEqual([answer.status, answer.error.code], [400, 'malformed_request'])
    }
  })

  it('that breaks off is no failure of ours, and leaves nothing behind', async () => {
    const chunks = await chunkCount()
    const request = openUpload(app)
    request.write(FORM + csv(candleLines(50_000)))
    await until(async () => (await get('imports?state=running')).data.total === 1)
    request.destroy()
    await until(async () => (await get('imports?state=failed')).data.total === 1)
    const { data } = await get('imports')
    assert.match(data.imports[0].error.detail, /broke off/)
    await until(async () => (await chunkCount()) === chunks)
    assert.ok(!app.logs.some((line) => line.includes('"level":"error"')))
  })

  it('that is cancelled while it comes in ends with 409, and leaves nothing behind', async () => {
    const request = openUpload(app)
    request.write(FORM + csv(candleLines(1_000)))
    await until(async () => (await get('imports?state=running')).data.total === 1)
    const { data: running } = await get('imports')
    const cancelled = await person.client.post(
      `/market/imports/${running.imports[0].id}/cancel`,
      {},
      { token: person.accessToken },
    )
    assert.deepEqual([cancelled.status, cancelled.data.state], [200, 'cancelled'])
    const answer = answerOf(request)
    request.end(`${candleLines(200_000).slice(1_000).join('\n')}\n--x--\r\n`)
    assert.deepEqual(await answer, { status: 409, code: 'import_cancelled' })
    const again = await person.client.post(
      `/market/imports/${running.imports[0].id}/cancel`,
      {},
      { token: person.accessToken },
    )
    assert.deepEqual([again.status, again.data.state], [200, 'cancelled'])
    assert.equal((await get('datasets')).data.total, 0)
  })

  it('that is cancelled at its very end is not stored either', async () => {
    const request = openUpload(app)
    request.write(FORM + csv(candleLines(100)))
    await until(async () => (await get('imports?state=running')).data.total === 1)
    const { data: running } = await get('imports')
    await person.client.post(
      `/market/imports/${running.imports[0].id}/cancel`,
      {},
      { token: person.accessToken },
    )
    const answer = answerOf(request)
    request.end('\r\n--x--\r\n')
    assert.deepEqual(await answer, { status: 409, code: 'import_cancelled' })
    assert.equal((await get('datasets')).data.total, 0)
  })
})

describe('limits', () => {
  it('refuse an upload that says it is too large before it comes', async () => {
    const request = openUpload(small, { 'content-length': String(10 * 1024 * MEGABYTE) })
    request.flushHeaders()
    assert.deepEqual(await answerOf(request), { status: 413, code: 'payload_too_large' })
    request.destroy()
  })

  it('refuse one that does not say so while it comes', async () => {
    const request = openUpload(small)
    const answer = answerOf(request)
    request.write(FORM)
    request.end(csv(candleLines(60_000)))
    assert.deepEqual(await answer, { status: 413, code: 'payload_too_large' })
    assert.equal((await get('datasets')).data.total, 0)
  })

  it('refuse what unpacks to too much: by its ratio, and by its size', async () => {
    const repeated = (lines: string[], times: number) =>
      new Uint8Array(gzipSync(csv(lines.flatMap((line) => Array.from({ length: times }, () => line)))))
    const bomb = await upload(app, person, repeated(candleLines(1), 200_000))
    assert.deepEqual([bomb.status, bomb.error.code], [413, 'payload_too_large'])
    assert.match(bomb.error.errors.detail, /more than 200 times its size/)
    const large = await upload(small, person, repeated(candleLines(20_000), 10))
    assert.match(large.error.errors.detail, /unpacks to more than 8 MB/)
  })

  it('refuse more imports at once than are allowed: 429, and say when to come back', async () => {
    const request = openUpload(small)
    request.write(FORM + csv(candleLines(10)))
    await until(async () => (await get('imports?state=running')).data.total === 1)
    const { status, error, headers } = await upload(small, person, csv(candleLines(10)))
    assert.deepEqual([status, error.code, headers.get('retry-after')], [429, 'too_many_imports', '10'])
    assert.match(error.errors.detail, /1 of your 1 imports at once are not finished/)
    const answer = answerOf(request)
    request.end('\r\n--x--\r\n')
    assert.equal((await answer).status, 201)
  })

  it('count an upload that has sent nothing yet, and free its slot when it leaves', async () => {
    const silent = openUpload(small, { 'content-length': '1000' })
    silent.flushHeaders()
    const busy = async () => (await upload(small, person, csv(candleLines(10)))).status === 429
    await until(busy)
    const { error } = await upload(small, person, csv(candleLines(10)))
    assert.deepEqual(error.code, 'too_many_imports')
    const stranger = await signUp(app)
    assert.equal((await upload(small, stranger, csv(candleLines(10)))).status, 201)
    silent.destroy()
    await until(async () => !(await busy()))
  })

  it('refuse what would take more storage than there is, and then anything more', async () => {
    const packed = (from: number) => packedNoise(19_500, from)
    const year = 365 * 1_440 * MINUTE
    assert.equal((await upload(small, person, packed(START))).status, 201)
    const { data } = await get('datasets')
    assert.ok(data.datasets[0].bytes > 0.5 * MEGABYTE, String(data.datasets[0].bytes))
    const refused = await upload(small, person, packed(START + year))
    assert.deepEqual([refused.status, refused.error.code], [422, 'storage_full'])
    assert.equal(refused.error.errors.quota_bytes, String(MEGABYTE))
    assert.equal((await get('datasets')).data.datasets[0].bars, 19_500)
    // Where more may be stored.
    assert.equal((await upload(app, person, packed(START + year))).status, 201)
    const full = await upload(small, person, csv(candleLines(10)))
    assert.deepEqual([full.status, full.error.code], [422, 'storage_full'])
  })

  it('let an upload take longer than other requests may, but not for ever', async () => {
    const { server } = app.server
    const seconds = { requestTimeout: server.requestTimeout, headersTimeout: server.headersTimeout }
    Object.assign(server, { requestTimeout: 1, headersTimeout: 1 })
    const request = openUpload(app)
    request.write(FORM + csv(candleLines(10)))
    await until(async () => (await get('imports?state=running')).data.total === 1)
    // Longer than the server looks for slow requests.
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    const answer = answerOf(request)
    request.end('\r\n--x--\r\n')
    assert.equal((await answer).status, 201)
    Object.assign(server, seconds)
  })
})

describe('a failure of ours', () => {
  const breaking = async (table: string, check: string, work: () => Promise<void>) => {
    const { db } = app.platform
    await sql.raw(`ALTER TABLE ${table} ADD CONSTRAINT broken CHECK (${check}) NOT VALID`).execute(db)
    await work().finally(() => sql.raw(`ALTER TABLE ${table} DROP CONSTRAINT broken`).execute(db))
  }

  it('while a file comes in is a failed import, of which nothing is stored', async () => {
    await breaking('staged_chunks', 'false', async () => {
      const { status, error } = await upload(app, person, csv(candleLines(100_000)))
      assert.deepEqual([status, error.code], [500, 'internal_error'])
    })
    const { data } = await get('imports')
    assert.deepEqual([data.imports[0].state, data.imports[0].error.code], ['failed', 'internal_error'])
    assert.equal((await get('datasets')).data.total, 0)
  })

  it('that cannot even be written down is logged', async () => {
    await breaking('import_events', "event <> 'failed'", async () => {
      assert.equal((await upload(app, person, 'x')).status, 422)
    })
    assert.ok(app.logs.some((line) => line.includes('a failed import could not be written down')))
  })
})

describe('uploads into one dataset at once, on two instances', () => {
  it('lose nothing', async () => {
    const other = await startTestApp({ sharing: app, withoutJobs: true, env: { MAX_IMPORTS_PER_USER: '20' } })
    const third = await startTestApp({ sharing: app, withoutJobs: true, env: { MAX_IMPORTS_PER_USER: '20' } })
    const lines = candleLines(12_000)
    // Each hundredth minute belongs to one of them, so that all of them change the same chunk.
    const parts = Array.from({ length: 10 }, (_, part) =>
      lines.filter((_line, index) => index % 10 === part || index % 7 === 0),
    )
    const answers = await Promise.all(
      parts.map((part, index) => upload(index % 2 === 0 ? other : third, person, csv(part))),
    )
    assert.deepEqual(
      answers.map(({ status }) => status),
      parts.map(() => 201),
    )
    const { data } = await get('datasets')
    assert.deepEqual([data.total, data.datasets[0].bars], [1, 12_000])
    const whole = await signUp(app)
    const { data: at } = await upload(app, whole, csv(lines))
    assert.equal((await get(`datasets/${at.dataset_id}`, whole)).data.hash, data.datasets[0].hash)
    await other.close()
    await third.close()
  })
})
