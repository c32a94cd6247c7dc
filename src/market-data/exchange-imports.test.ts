import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { binanceKline, startBinance, type TestBinance } from '../../test/binance-server.ts'
import { type SignedUp, signUp } from '../../test/people.ts'
import { hurryJobs, waitingJobs } from '../../test/waiting-jobs.ts'
import { ExchangeRefusal, openExchange, rulesOf } from './exchange-client.ts'
import { exchangeClients } from './exchange-clients.ts'
import { EXCHANGES } from './exchanges.ts'
import { importFromExchangeJob } from './import-from-exchange-job.ts'
import { usualInstrument } from './symbols.ts'

const FEBRUARY = {
  exchange: 'binance',
  symbol: 'BTC/USDT',
  timeframe: '1m',
  from: '2021-02-27',
  to: '2021-03-02',
}

let app: TestApp
let binance: TestBinance
let person: SignedUp
before(async () => {
  binance = await startBinance()
  app = await startTestApp({ env: { EXCHANGE_BASE_URL: binance.url } })
})
beforeEach(async () => {
  person = await signUp(app)
})
after(async () => {
  await app.close()
  await binance.close()
})

const request = (wanted: object) =>
  person.client.post('/market/imports', wanted, { token: person.accessToken })
const get = (path: string) => person.client.get(`/market/${path}`, { token: person.accessToken })

/** The import once no job is left, or waits for later. */
async function finished(id: string) {
  await app.jobsDone()
  return (await get(`imports/${id}`)).data
}

async function hurry(): Promise<void> {
  await hurryJobs(app.platform.db)
  await app.jobsDone()
}

type Event = { id: number; event: string; data: { state: string; progress: number } }

/** The events of an import until its stream ends. */
async function follow(id: string, lastSeen?: number): Promise<Event[]> {
  const response = await fetch(`${app.url}/api/v1/market/imports/${id}/events`, {
    headers: {
      authorization: `Bearer ${person.accessToken}`,
      ...(lastSeen === undefined ? {} : { 'last-event-id': String(lastSeen) }),
    },
  })
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
  const blocks = (await response.text()).split('\n\n').filter((block) => block.startsWith('id:'))
  return blocks.map((block) => {
    const [, number = '', event = '', data = ''] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(block) ?? []
    return { id: Number(number), event, data: JSON.parse(data) }
  })
}

describe('an import from an exchange', () => {
  it('fetches candles page by page, publishes each finished month, and knows the market', async () => {
    const { status, data } = await request(FEBRUARY)
    assert.deepEqual([status, data.state, data.source], [201, 'queued', 'exchange'])
    const done = await finished(data.id)
    assert.deepEqual([done.state, done.progress, done.bars_added, done.error], ['succeeded', 1, 4_320, null])
    const dataset = await get(`datasets/${done.dataset_id}`)
    assert.deepEqual([dataset.data.bars, dataset.data.quality.missing_bars], [4_320, 0])
    const { data: list } = await get('instruments')
    const { price_tick, quantity_step, minimum_notional, maker_fee, kind } = list.instruments[0]
    assert.deepEqual(
      [price_tick, quantity_step, minimum_notional, maker_fee, kind],
      [0.01, 0.00001, 5, 0.001, 'spot'],
    )
  })

  it('tells what happens as events that grow, and goes on behind the one that was seen last', async () => {
    const { data } = await request(FEBRUARY)
    const events = await follow(data.id)
    assert.deepEqual(
      events.map(({ id }) => id),
      events.map((_, index) => index + 1),
    )
    assert.deepEqual(
      [events[0]?.event, events.at(-1)?.event, events.at(-1)?.data.progress],
      ['running', 'succeeded', 1],
    )
    const { data: done } = await get(`imports/${data.id}`)
    assert.deepEqual(events.at(-1)?.data, done)
    assert.deepEqual(await follow(data.id, events.length - 1), events.slice(-1))
    assert.deepEqual((await follow(data.id, 0)).length, events.length)
    assert.deepEqual(await follow(data.id, events.length), [])
  })

  it('goes on after failures of every kind, and loses nothing', async () => {
    binance.behave('half', 1)
    const { data } = await request({ ...FEBRUARY, to: '2021-02-28' })
    await app.jobsDone()
    for (const behaviour of ['cut', 'html', 'too-many', 'bad-gateway'] as const) {
      binance.behave(behaviour, 1)
      await hurry()
      assert.equal((await get(`imports/${data.id}`)).data.state, 'running')
    }
    await hurry()
    const done = await finished(data.id)
    assert.deepEqual([done.state, done.bars_added], ['succeeded', 1_440])
    assert.equal((await get(`datasets/${done.dataset_id}`)).data.quality.missing_bars, 0)
  })

  it('is given up after ten failures in a row, and keeps what came before', async () => {
    const { data } = await request(FEBRUARY)
    await binance.asked(binance.questions.length + 1)
    binance.behave('bad-gateway')
    await app.jobsDone()
    for (let failure = 0; failure < 12; failure++) await hurry()
    binance.behave('answer')
    const done = (await get(`imports/${data.id}`)).data
    assert.deepEqual([done.state, done.error.code], ['failed', 'exchange_unavailable'])
    assert.match(done.error.detail, /binance could not be reached 10 times in a row/)
  })

  it('ends at once where the exchange refuses it', async () => {
    binance.behave('bad-symbol', 1)
    const { data } = await request(FEBRUARY)
    const done = await finished(data.id)
    assert.deepEqual([done.state, done.error.code], ['failed', 'exchange_refused'])
    assert.match(done.error.detail, /Invalid symbol/)
    const unknown = await request({ ...FEBRUARY, symbol: 'NOPE/USDT' })
    assert.equal((await finished(unknown.data.id)).error.code, 'exchange_refused')
  })

  it('that is cancelled stops, and leaves what it has published', async () => {
    const release = binance.hold()
    const { data } = await request({ ...FEBRUARY, from: '2021-01-30' })
    await binance.asked(binance.questions.length + 1)
    await person.client.post(`/market/imports/${data.id}/cancel`, {}, { token: person.accessToken })
    release()
    const done = await finished(data.id)
    assert.equal(done.state, 'cancelled')
    assert.deepEqual((await follow(data.id)).at(-1)?.event, 'cancelled')
    const waiting = await waitingJobs(app.platform.db)
    assert.ok(!waiting.some(({ task }) => task === 'import_from_exchange'))
  })

  for (const behaviour of ['answer', 'bad-gateway'] as const) {
    it(`that is cancelled with its last page, or a failure (${behaviour}), publishes nothing more`, async () => {
      const release = binance.hold()
      const { data } = await request({ ...FEBRUARY, from: '2021-02-27', to: '2021-02-27T10:00' })
      await binance.asked(binance.questions.length + 1)
      await person.client.post(`/market/imports/${data.id}/cancel`, {}, { token: person.accessToken })
      binance.behave(behaviour, 1)
      release()
      const done = await finished(data.id)
      binance.behave('answer')
      assert.deepEqual([done.state, done.bars_added], ['cancelled', 0])
      assert.equal((await get('datasets')).data.total, 0)
    })
  }

  it('leaves out the bar that has not ended by the exchange’s clock', async () => {
    const [now, has] = [binance.now, binance.has]
    binance.now = Date.UTC(2021, 1, 27, 10, 30, 30)
    binance.has = { from: has.from, to: Date.UTC(2021, 1, 27, 11) }
    const { data } = await request({ ...FEBRUARY, from: '2021-02-27T09:59:30' })
    const done = await finished(data.id)
    binance.now = now
    binance.has = has
    assert.deepEqual([done.state, done.bars_added], ['succeeded', 30])
  })

  it('of a time in which there was nothing ends well, without a dataset', async () => {
    const { data } = await request({ ...FEBRUARY, from: '2020-01-01', to: '2020-01-03' })
    const done = await finished(data.id)
    assert.deepEqual([done.state, done.bars_added, done.dataset_id], ['succeeded', 0, null])
  })

  it('that disagrees with what is stored fails, until it may replace', async () => {
    const first = await request({ ...FEBRUARY, to: '2021-02-28' })
    assert.equal((await finished(first.data.id)).state, 'succeeded')
    const time = Date.UTC(2021, 1, 27, 1)
    binance.correct(time, String(Number(binanceKline(time, 60_000)[4]) + 1))
    const again = await request({ ...FEBRUARY, to: '2021-02-28' })
    const failed = await finished(again.data.id)
    assert.deepEqual([failed.state, failed.error.code], ['failed', 'data_conflict'])
    const replace = await request({ ...FEBRUARY, to: '2021-02-28', on_conflict: 'replace' })
    assert.equal((await finished(replace.data.id)).state, 'succeeded')
  })

  it('of funding rates brings their mark prices where they are told', async () => {
    const wanted = {
      exchange: 'binance',
      symbol: 'BTC/USDT:USDT',
      data: 'funding',
      from: '2021-01-01',
      to: '2021-03-15',
    }
    const { data } = await request(wanted)
    const done = await finished(data.id)
    assert.deepEqual([done.state, done.bars_added, done.data], ['succeeded', 73 * 3, 'funding'])
    const { data: rows } = await get(`datasets/${done.dataset_id}/candles?limit=2`)
    assert.deepEqual(rows.rows, [
      [Date.UTC(2021, 0, 1), 0.0001, null],
      [Date.UTC(2021, 0, 1, 8), 0.0001, 42_000.5],
    ])
    assert.equal((await get('instruments?kind=linear')).data.instruments[0].minimum_notional, 100)
  })

  const refusals: [string, object, string][] = [
    ['an exchange that is not known', { exchange: 'nowhere' }, 'exchange'],
    ['a timeframe that it does not have', { timeframe: '30m', exchange: 'kraken', symbol: 'A B' }, 'symbol'],
    ['a timeframe that the exchange does not have', { timeframe: '3m', exchange: 'kraken' }, 'timeframe'],
    ['no timeframe', { timeframe: undefined }, 'timeframe'],
    ['no beginning', { from: undefined }, 'from'],
    ['an end before its beginning', { to: '2021-01-01' }, 'from'],
    ['a time in the future', { from: '2100-01-01', to: undefined }, 'from'],
    ['funding of a spot market', { data: 'funding' }, 'symbol'],
    [
      'funding where there is none',
      { data: 'funding', exchange: 'kraken', symbol: 'BTC/USD:USD' },
      'exchange',
    ],
    ['an inverse contract', { symbol: 'BTC/USD:BTC' }, 'symbol'],
  ]
  for (const [what, changes, field] of refusals) {
    it(`of ${what} is refused at once`, async () => {
      const { status, error } = await request({ ...FEBRUARY, ...changes })
      assert.deepEqual(
        [status, error.code, field in error.errors],
        [422, 'validation_failed', true],
        JSON.stringify(error),
      )
    })
  }

  it('is neither a text nor nothing', async () => {
    const empty = await person.client.request('POST', '/market/imports', { token: person.accessToken })
    assert.deepEqual([empty.status, empty.error.code], [422, 'validation_failed'])
    const headers = { 'content-type': 'text/csv' }
    const text = await person.client.request('POST', '/market/imports', {
      token: person.accessToken,
      rawBody: 'a,b',
      headers,
    })
    assert.deepEqual([text.status, text.error.code], [415, 'unsupported_media_type'])
  })

  it('goes on in another process where the one that did it stops', async () => {
    binance.behave('cut', 1)
    const { data } = await request({ ...FEBRUARY, on_conflict: 'replace' })
    await app.jobsDone()
    const { platform } = app
    const job = importFromExchangeJob(platform)
    const stopping = AbortSignal.abort(new Error('stopping'))
    await assert.rejects(job.run({ import_id: data.id }, stopping, 1), /stopping/)
    assert.equal((await get(`imports/${data.id}`)).data.state, 'running')
    await job.run({ import_id: data.id }, new AbortController().signal, 2)
    await app.jobsDone()
    await hurry()
    assert.equal((await get(`imports/${data.id}`)).data.state, 'succeeded')
    await job.run({ import_id: data.id }, new AbortController().signal, 3)
  })
})

describe('an exchange', () => {
  const now = () => new Date()

  it('that does not answer in time may do so the next time', async () => {
    binance.behave('silent', 1)
    const client = await openExchange('binance', 'BTC/USDT', { baseUrl: binance.url, now, timeoutMs: 200 })
    await client.instrument('BTC/USDT')
    await assert.rejects(
      client.candles('BTC/USDT', '1m', 0, 10),
      (error) => !(error instanceof ExchangeRefusal),
    )
    binance.behave('answer')
    assert.equal((await client.candles('BTC/USDT', '1m', Date.UTC(2021, 1), 10)).length, 10)
  })

  it('is opened once an hour for spot and for perpetuals, and the one that was not used is let go', async () => {
    let time = 0
    const open = exchangeClients({ baseUrl: binance.url, now: () => new Date(time) })
    const first = await open('binance', 'BTC/USDT')
    assert.equal(await open('binance', 'ETH/USDT'), first)
    const perpetual = await open('binance', 'BTC/USDT:USDT')
    assert.notEqual(perpetual, first)
    await open('kraken', 'BTC/USD')
    assert.equal(await open('binance', 'BTC/USDT:USDT'), perpetual)
    const again = await open('binance', 'BTC/USDT')
    assert.notEqual(again, first)
    await assert.rejects(open('nowhere', 'A/B'))
    await assert.rejects(open('nowhere', 'A/B'))
    time = 3_600_000
    assert.notEqual(await open('binance', 'BTC/USDT'), again)
  })

  it('without a clock of its own is believed to have ours, and one without an address is asked at its own', async () => {
    const client = await openExchange('bitfinex', 'BTC/USDT', { baseUrl: undefined, now: () => new Date(7) })
    assert.equal(await client.time(), 7)
  })
})

describe('a market', () => {
  it('is what the exchange says of it, and as usual where it says nothing', () => {
    const usual = usualInstrument('a', 'A/B', 'spot')
    assert.deepEqual(rulesOf({}, usual), usual)
    const said = { precision: { price: 0.5, amount: 2 }, limits: { cost: { min: 7 } }, maker: 0, taker: 0.1 }
    assert.deepEqual(rulesOf(said, usual), {
      ...usual,
      ...{ price_tick: 0.5, quantity_step: 2, minimum_notional: 7, maker_fee: 0, taker_fee: 0.1 },
    })
  })
})

describe('the list of exchanges', () => {
  it('says what ccxt says of them', async () => {
    for (const { id, name, timeframes, hasFunding } of EXCHANGES) {
      const { default: Exchange } = await import(new URL(`./src/${id}.js`, import.meta.resolve('ccxt')).href)
      const exchange = new Exchange()
      assert.deepEqual([exchange.id, exchange.name, exchange.has.fetchOHLCV], [id, name, true])
      assert.equal(
        hasFunding,
        exchange.has.fetchFundingRateHistory === true && exchange.has.swap === true,
        id,
      )
      for (const timeframe of timeframes) assert.ok(timeframe in exchange.timeframes, `${id} ${timeframe}`)
    }
  })
})
