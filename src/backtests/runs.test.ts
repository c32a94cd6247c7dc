import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
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
import type { Answer, Body } from '../../test/client.ts'
import { until } from '../../test/until.ts'

let app: TestApp
before(async () => {
  app = await startTestApp({ env: { BACKTEST_THREADS: '2' } })
})
after(() => app.close())

type Setup = { who: Trader; strategy: string; request: { instruments: object[] } }

async function setUp(served: TestApp, document: object = CROSS): Promise<Setup> {
  const who = await trader(served)
  const dataset = await giveCandles(served, who)
  return {
    who,
    strategy: await giveStrategy(who, document),
    request: { instruments: [{ dataset_id: dataset }] },
  }
}

function ask(
  { who, strategy, request }: Setup,
  more: object = {},
  headers?: Record<string, string>,
): Promise<Answer> {
  return who.post(`/strategies/${strategy}/backtests`, { ...request, ...more }, headers)
}

describe('cancelling a run that is under way', () => {
  it('stops a run in the middle', async () => {
    const one = await setUp(app)
    const lines = swingingLines(300_000)
    const dataset = await giveCandles(app, one.who, lines, {
      exchange: 'kraken',
      symbol: 'ETH/USD',
      timeframe: '1m',
    })
    const busy = {
      ...CROSS,
      name: 'Busy',
      long: { entry: 'close > open or close <= open', exit: 'bars_in_position >= 0' },
    }
    const strategy = await giveStrategy(one.who, busy)
    const asked = await one.who.post(`/strategies/${strategy}/backtests`, {
      instruments: [{ dataset_id: dataset }],
    })
    const { id } = asked.data
    await until(async () => (await one.who.get(`/backtests/${id}`)).data.state === 'running')
    assert.equal((await one.who.post(`/backtests/${id}/cancel`)).data.state, 'running')
    await until(async () => (await one.who.get(`/backtests/${id}`)).data.state !== 'running')
    assert.equal((await one.who.get(`/backtests/${id}`)).data.state, 'cancelled')
  })
})

describe('events', () => {
  async function follow(
    { who }: Setup,
    id: string,
    lastEventId?: string,
  ): Promise<{ id: string; event: string; data: Body }[]> {
    const response = await fetch(`${app.url}/api/v1/backtests/${id}/events`, {
      headers: {
        authorization: `Bearer ${who.person.accessToken}`,
        'x-forwarded-for': who.person.client.ip,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
    })
    const blocks = (await response.text()).split('\n\n').filter((block) => block.startsWith('id:'))
    return blocks.map((block) => {
      const [number = '', event = '', data = ''] = block.split('\n').map((line) => line.replace(/^\w+: /, ''))
      return { id: number, event, data: JSON.parse(data) }
    })
  }

  it('tell of a run until it has ended, and resume after the last that was seen', async () => {
    const one = await setUp(app)
    const { id } = (await ask(one)).data
    const events = await follow(one, id)
    assert.equal(events[0]?.data.state, 'queued')
    assert.equal(events.at(-1)?.event, 'succeeded')
    assert.equal(typeof events.at(-1)?.data.metrics.total_return, 'number')
    const rest = await follow(one, id, events.at(-2)?.id)
    assert.deepEqual(rest, events.slice(-1))
  })
})

describe('a backtest that is deleted while it runs', () => {
  it('is stopped and leaves nothing', async () => {
    const who = await trader(app)
    const dataset = await giveCandles(app, who, swingingLines(100_000), {
      exchange: 'kraken',
      symbol: 'DEL/USD',
      timeframe: '1m',
    })
    const strategy = await giveStrategy(who)
    const asked = await who.post(`/strategies/${strategy}/backtests`, {
      instruments: [{ dataset_id: dataset }],
    })
    assert.equal((await who.delete(`/backtests/${asked.data.id}`)).status, 200)
    await app.jobsDone()
    assert.equal((await who.get(`/backtests/${asked.data.id}`)).status, 404)
  })
})

describe('a run that cannot be made', () => {
  it('fails with what is wrong: a gap that is longer than is let pass', async () => {
    const who = await trader(app)
    const lines = swingingLines(500)
    lines.splice(200, 7)
    const dataset = await giveCandles(app, who, lines)
    const strategy = await giveStrategy(who)
    const base = { instruments: [{ dataset_id: dataset }] }
    const failed = await runBacktest(app, who, strategy, { ...base, max_gap: { bars: 6 } })
    assert.deepEqual([failed.state, failed.error.code], ['failed', 'gap_too_long'])
    assert.match(failed.error.detail, /misses 7 bars in a row; at most 6/)
    const passed = await runBacktest(app, who, strategy, { ...base, max_gap: { bars: 7 } })
    assert.equal(passed.state, 'succeeded')
    const warned = await runBacktest(app, who, strategy, { ...base, max_gap: { bars: 6, action: 'warn' } })
    assert.equal(warned.state, 'succeeded')
    assert.deepEqual([warned.result.gaps.missing_bars, warned.result.warnings[0].code], [7, 'gaps'])
  })

  it('is refused at once with what is wrong in the request', async () => {
    const one = await setUp(app)
    const cases: [object, string, RegExp][] = [
      [{ from: '2030-01-01' }, 'from', /candles go from 2021-02-19/],
      [{ to: '2020-01-01' }, 'to', /candles go from/],
      [{ from: '2021-02-20', to: '2021-02-20' }, 'to', /candles go from/],
      [{ leverage: 3 }, 'leverage', /spot/],
      [{ leverage: 1_000 }, 'leverage', /./],
      [{ initial_capital: 0 }, 'initial_capital', /./],
      [{ fees: { maker: 0.5, taker: 0 } }, 'fees.maker', /./],
      [{ instruments: [{ exchange: 'binance', symbol: 'NO/NE' }] }, 'instruments.0', /no candles of NO\/NE/],
      [{ instruments: [{}] }, 'instruments.0', /./],
      [{ instruments: [...one.request.instruments, ...one.request.instruments] }, 'instruments', /twice/],
      [{ instruments: [] }, 'instruments', /./],
    ]
    for (const [more, field, detail] of cases) {
      const answer = await ask(one, more)
      assert.equal(answer.status, 422, JSON.stringify(more))
      assert.ok(field in answer.error.errors, `${field} in ${JSON.stringify(answer.error.errors)}`)
      assert.match(answer.error.errors.detail, detail)
    }
    const unknown = await ask(one, { parameters: { fsat: 3 } })
    assert.deepEqual([unknown.status, unknown.error.code], [422, 'invalid_strategy'])
    const version = await ask(one, { version: 7 })
    assert.deepEqual([version.status, version.error.code], [404, 'version_not_found'])
  })
})
