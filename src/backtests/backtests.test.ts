import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { readArrow } from '../../test/arrow.ts'
import { CROSS, giveCandles, giveStrategy, runBacktest, swingingLines, trader } from '../../test/backtests.ts'
import { createClient } from '../../test/client.ts'
import { START } from '../../test/market.ts'
import { TYPE } from '../market-data/arrow-format.ts'

let app: TestApp
before(async () => {
  app = await startTestApp()
})
after(() => app.close())

const HOUR = 3_600_000

describe('a backtest', () => {
  it('is queued, runs, and has metrics, trades, an order log and hashes', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const strategy = await giveStrategy(ada)
    const asked = await ada.post(`/strategies/${strategy}/backtests`, {
      instruments: [{ dataset_id: dataset }],
    })
    assert.equal(asked.status, 202, JSON.stringify(asked.body))
    assert.equal(asked.data.state, 'queued')
    assert.equal(asked.headers.get('location'), `/api/v1/backtests/${asked.data.id}`)
    await app.jobsDone()
    const { data } = await ada.get(`/backtests/${asked.data.id}`)
    assert.equal(data.state, 'succeeded', JSON.stringify(data.error))
    assert.deepEqual(data.progress, { bars_done: 3_000, bars_total: 3_000 })
    assert.equal(data.name, 'Cross, version 1')
    // A cross each crest and each trough.
    assert.ok(data.metrics.trades >= 30, `${data.metrics.trades} trades`)
    assert.equal(data.result.closed_trades, data.metrics.trades)
    assert.match(data.result.trades_hash, /^[0-9a-f]{64}$/)
    const trades = await ada.get(`/backtests/${data.id}/trades?limit=100`)
    assert.equal(trades.data.total, data.metrics.trades)
    const sum = trades.data.rows.reduce(
      (total: number, row: { net_profit: number }) => total + row.net_profit,
      0,
    )
    assert.ok(Math.abs(sum - data.metrics.net_profit) < 1e-6, `${sum} of ${data.metrics.net_profit}`)
    const orders = await ada.get(`/backtests/${data.id}/orders?limit=100`)
    assert.equal(orders.data.total, 2 * data.metrics.trades)
    assert.deepEqual(
      orders.data.rows
        .slice(0, 2)
        .map(({ kind, state, reason, trade }: Record<string, unknown>) => [kind, state, reason, trade]),
      [
        ['entry', 'filled', 'entry_rule', 1],
        ['exit', 'filled', 'exit_rule', 1],
      ],
    )
  })

  it('is answered from the result of an equal run of the same user, and not run again', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const [strategy, twin] = [await giveStrategy(ada), await giveStrategy(ada)]
    const request = { instruments: [{ dataset_id: dataset }], leverage: 1 }
    const done = await runBacktest(app, ada, strategy, request)
    const known = await ada.post(`/strategies/${twin}/backtests`, request)
    assert.deepEqual([known.status, known.data.state, known.data.run_id], [201, 'succeeded', done.run_id])
    assert.deepEqual(known.data.result, done.result)
    const own = await ada.post(`/strategies/${strategy}/backtests`, request)
    assert.deepEqual([own.status, own.data.id], [200, done.id])
  })

  it('of another user is computed for that user, under an id of its own, and has the same hashes', async () => {
    const runs = []
    for (const somebody of [await trader(app), await trader(app)]) {
      const dataset = await giveCandles(app, somebody)
      const strategy = await giveStrategy(somebody)
      const request = { instruments: [{ dataset_id: dataset }], leverage: 1 }
      const asked = await somebody.post(`/strategies/${strategy}/backtests`, request)
      assert.equal(asked.status, 202)
      await app.jobsDone()
      runs.push((await somebody.get(`/backtests/${asked.data.id}`)).data)
    }
    const [first, second] = runs
    assert.notEqual(first.run_id, second.run_id)
    assert.deepEqual(second.result, first.result)
    assert.equal(second.instruments[0].rows_hash, first.instruments[0].rows_hash)
  })

  it('is shown anew with each change of its name, note and mark alone', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada, swingingLines(200))
    const { id } = await runBacktest(app, ada, await giveStrategy(ada), {
      instruments: [{ dataset_id: dataset }],
    })
    await ada.patch(`/backtests/${id}`, { name: 'A' })
    await ada.patch(`/backtests/${id}`, { note: 'B' })
    const { data } = await ada.patch(`/backtests/${id}`, { is_favourite: true })
    assert.deepEqual([data.name, data.note, data.is_favourite], ['A', 'B', true])
  })

  it('starts at the first whole bar of a range, and of data that begins within one', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada, swingingLines(300, START + HOUR / 2))
    const strategy = await giveStrategy(ada, {
      ...CROSS,
      timeframe: '1h',
      long: { entry: 'sma(close, 2) > 0', exit: 'close < 0' },
    })
    const run = await runBacktest(app, ada, strategy, {
      instruments: [{ dataset_id: dataset }],
      from: String(START + HOUR / 2 + 1),
    })
    assert.deepEqual([run.settings.from, run.result.bars], [new Date(START + HOUR).toISOString(), 4])
  })

  it('has an order log of all that was wanted: filled, expired, cancelled', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const strategy = await giveStrategy(ada, {
      ...CROSS,
      long: {
        entry: 'close > open',
        exit: 'close < open',
        order: { type: 'limit', price: 'if(hour < 1, close + 1, close - 50)', expires_after: 2 },
      },
    })
    const run = await runBacktest(app, ada, strategy, { instruments: [{ dataset_id: dataset }] })
    const { data } = await ada.get(`/backtests/${run.id}/orders?limit=100`)
    const states = new Set(data.rows.map(({ state }: { state: string }) => state))
    assert.deepEqual([...states].sort(), ['cancelled', 'expired', 'filled'])
  })

  it('that fails has no metrics in a list', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada, swingingLines(30))
    const strategy = await giveStrategy(ada, { ...CROSS, timeframe: '1h' })
    await runBacktest(app, ada, strategy, { instruments: [{ dataset_id: dataset }] })
    const { data } = await ada.get('/backtests')
    assert.deepEqual([data.backtests[0].state, data.backtests[0].metrics], ['failed', null])
  })

  it('has another identity with another parameter, range, fee or candle', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const strategy = await giveStrategy(ada)
    const base = { instruments: [{ dataset_id: dataset }] }
    const ids = new Set<string>()
    const requests = [
      base,
      { ...base, parameters: { fast: 6 } },
      { ...base, from: String(START + HOUR) },
      { ...base, to: String(START + 40 * HOUR) },
      { ...base, fees: { maker: 0, taker: 0 } },
      { ...base, periods_per_year: 252 },
      { ...base, close_at_end: false },
    ]
    for (const request of requests) ids.add((await runBacktest(app, ada, strategy, request)).run_id)
    const lines = swingingLines(3_000)
    lines[1_500] = (lines[1_500] as string).replace(/,\d+$/, ',99')
    const ben = await trader(app)
    const changed = await giveCandles(app, ben, lines)
    const other = await runBacktest(app, ben, await giveStrategy(ben), {
      instruments: [{ dataset_id: changed }],
    })
    assert.equal(ids.add(other.run_id).size, requests.length + 1)
  })

  it('can be verified: run again, it has the same hashes', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const run = await runBacktest(app, ada, await giveStrategy(ada), {
      instruments: [{ dataset_id: dataset }],
      initial_capital: 777,
    })
    const { data } = await ada.post(`/backtests/${run.id}/verify`)
    assert.equal(data.verified, true)
    assert.deepEqual(data.trades_hash, { stored: run.result.trades_hash, computed: run.result.trades_hash })
    const key = Buffer.from(run.run_id, 'hex')
    const { db } = app.platform
    const { summary } = await db
      .selectFrom('backtest_results')
      .select('summary')
      .where('key', '=', key)
      .executeTakeFirstOrThrow()
    const changed = JSON.stringify({ ...(summary as object), tradesHash: 'another' })
    await db.updateTable('backtest_results').set({ summary: changed }).where('key', '=', key).execute()
    const curve = { ...(summary as object), equityHash: 'another' }
    await db
      .updateTable('backtest_results')
      .set({ summary: JSON.stringify(curve) })
      .where('key', '=', key)
      .execute()
    assert.equal((await ada.get(`/backtests/${run.id}/equity?resolution=bar`)).status, 500)
    await db.updateTable('backtest_results').set({ summary: changed }).where('key', '=', key).execute()
    const { data: tampered } = await ada.post(`/backtests/${run.id}/verify`)
    assert.equal(tampered.verified, false)
  })

  it('comes to the same on another instance and two threads, with nothing in memory and with all', async (t) => {
    const other = await startTestApp({ sharing: app, env: { BACKTEST_THREADS: '2' } })
    t.after(() => other.close())
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const run = await runBacktest(app, ada, await giveStrategy(ada), {
      instruments: [{ dataset_id: dataset }],
    })
    const elsewhere = createClient(other)
    const token = ada.person.accessToken
    for (const state of ['cold', 'warm']) {
      const answers = await Promise.all([
        elsewhere.post(`/backtests/${run.id}/verify`, undefined, { token }),
        elsewhere.post(`/backtests/${run.id}/verify`, undefined, { token }),
        ada.post(`/backtests/${run.id}/verify`),
      ])
      for (const { data } of answers) {
        assert.equal(data.verified, true, state)
        assert.equal(data.equity_hash.computed, run.result.equity_hash)
        assert.equal(data.trades_hash.computed, run.result.trades_hash)
      }
    }
  })

  it('reads the revision it was asked for with, after the dataset has changed and gone', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const run = await runBacktest(app, ada, await giveStrategy(ada), {
      instruments: [{ dataset_id: dataset }],
    })
    assert.equal((await ada.delete(`/market/datasets/${dataset}`)).status, 200)
    assert.equal((await ada.post(`/backtests/${run.id}/verify`)).data.verified, true)
  })

  it('makes larger bars of stored smaller ones, and looks into them where the order of prices matters', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada, swingingLines(6_030))
    const strategy = await giveStrategy(ada, {
      ...CROSS,
      timeframe: '1h',
      long: { entry: 'close > 0', exit: 'close < 0' },
      risk: { stop_loss: { type: 'percent', value: 4 }, take_profit: [{ type: 'percent', value: 4 }] },
    })
    const run = await runBacktest(app, ada, strategy, {
      instruments: [{ dataset_id: dataset }],
      fees: { maker: 0, taker: 0 },
    })
    assert.equal(run.state, 'succeeded', JSON.stringify(run.error))
    assert.equal(run.settings.path, 'stored')
    assert.equal(run.instruments[0].series, '1m')
    // 6,030 minutes are 100 whole hours and a half.
    assert.equal(run.result.bars, 100)
    assert.ok(run.result.ambiguous_bars > 0)
    assert.equal(run.result.resolved_bars, run.result.ambiguous_bars)
    const { worst, best } = run.result.scenarios
    assert.ok(worst.metrics.total_return <= run.metrics.total_return)
    assert.ok(best.metrics.total_return >= run.metrics.total_return)
  })

  it('measures both halves where the second was not fitted to', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const run = await runBacktest(app, ada, await giveStrategy(ada), {
      instruments: [{ dataset_id: dataset }],
      from_out_of_sample: String(START + 24 * HOUR),
    })
    const { in_sample: first, out_of_sample: second, metrics } = run.result
    assert.equal(first.trades + second.trades, metrics.trades)
    assert.ok(first.trades > 5 && second.trades > 5)
    const product = (1 + first.total_return) * (1 + second.total_return) - 1
    assert.ok(Math.abs(product - metrics.total_return) < 1e-9)
  })
})

describe('a list of backtests', () => {
  it('is paged, sorted, searched and filtered, and its entries are named, noted and marked', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const strategy = await giveStrategy(ada)
    const base = { instruments: [{ dataset_id: dataset }] }
    for (const fast of [3, 4, 5]) {
      await runBacktest(app, ada, strategy, { ...base, parameters: { fast }, name: `Fast ${fast}` })
      app.clock.advance(1)
    }
    const { data } = await ada.get('/backtests?limit=2')
    assert.deepEqual(
      [data.total, data.backtests.map(({ name }: { name: string }) => name)],
      [3, ['Fast 5', 'Fast 4']],
    )
    assert.equal(typeof data.backtests[0].metrics.total_return, 'number')
    const { id } = data.backtests[1]
    const changed = await ada.patch(`/backtests/${id}`, {
      note: 'the best',
      is_favourite: true,
      name: 'Best',
    })
    assert.deepEqual(
      [changed.data.note, changed.data.is_favourite, changed.data.name],
      ['the best', true, 'Best'],
    )
    const favourites = await ada.get(`/strategies/${strategy}/backtests?is_favourite=true`)
    assert.deepEqual([favourites.data.total, favourites.data.backtests[0].id], [1, id])
    const found = await ada.get('/backtests?search=fAST&sort=name&state=succeeded')
    assert.deepEqual(
      found.data.backtests.map(({ name }: { name: string }) => name),
      ['Fast 3', 'Fast 5'],
    )
    assert.equal((await ada.delete(`/backtests/${id}`)).status, 200)
    assert.equal((await ada.get('/backtests')).data.total, 2)
    assert.equal((await ada.get(`/backtests/${id}`)).status, 404)
  })
})

describe("a backtest's tables", () => {
  it('are sorted by any column, and CSV for those who ask for it', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const run = await runBacktest(app, ada, await giveStrategy(ada), {
      instruments: [{ dataset_id: dataset }],
    })
    const best = await ada.get(`/backtests/${run.id}/trades?sort=-net_profit&limit=1`)
    assert.equal(best.data.rows[0].net_profit, run.metrics.best_trade)
    const worst = await ada.get(`/backtests/${run.id}/trades?sort=net_profit&limit=1`)
    assert.equal(worst.data.rows[0].net_profit, run.metrics.worst_trade)
    const wrong = await ada.get(`/backtests/${run.id}/trades?sort=luck`)
    assert.deepEqual([wrong.status, wrong.error.code], [422, 'validation_failed'])
    const response = await fetch(`${app.url}/api/v1/backtests/${run.id}/trades`, {
      headers: {
        accept: 'text/csv',
        authorization: `Bearer ${ada.person.accessToken}`,
        'x-forwarded-for': ada.person.client.ip,
      },
    })
    const lines = (await response.text()).trim().split('\n')
    assert.equal(lines.length, run.metrics.trades + 1)
    assert.match(lines[0] as string, /^number,instrument,side,state,signal_time,entry_time,entry_price/)
    const days = await ada.get(`/backtests/${run.id}/equity`)
    assert.equal(days.data.total, 3)
    const bars = await ada.get(`/backtests/${run.id}/equity?resolution=bar&page=3`)
    assert.deepEqual([bars.data.total, bars.data.rows.length], [3_000, 1_000])
    assert.equal(bars.data.rows.at(-1).equity, days.data.rows.at(-1).equity)
  })

  it('are Arrow for those who ask for it: the rows of the JSON, with times, counts and truths as such', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const run = await runBacktest(app, ada, await giveStrategy(ada), {
      instruments: [{ dataset_id: dataset }],
    })
    for (const table of ['trades', 'orders', 'equity']) {
      const response = await fetch(`${app.url}/api/v1/backtests/${run.id}/${table}`, {
        headers: {
          accept: 'application/vnd.apache.arrow.stream',
          authorization: `Bearer ${ada.person.accessToken}`,
          'x-forwarded-for': ada.person.client.ip,
        },
      })
      assert.equal(response.headers.get('content-type'), 'application/vnd.apache.arrow.stream')
      const { kinds, facts, rows } = readArrow(Buffer.from(await response.arrayBuffer()))
      const { data } = await ada.get(`/backtests/${run.id}/${table}?limit=100`)
      const times = Object.keys(kinds).filter((name) => kinds[name] === TYPE.timestamp)
      const expected = data.rows.map((row: Record<string, string>) => ({
        ...row,
        ...Object.fromEntries(times.map((name) => [name, Date.parse(row[name] as string)])),
      }))
      assert.ok(times.length > 0 && rows.length > 2)
      assert.deepEqual([rows.length, rows.slice(0, 100)], [data.total, expected])
      assert.deepEqual(facts, { backtest_id: run.id, run_id: run.run_id, table })
    }
  })

  it('have their columns where they have no row', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const never = { ...CROSS, long: { entry: 'close < 0' } }
    const run = await runBacktest(app, ada, await giveStrategy(ada, never), {
      instruments: [{ dataset_id: dataset }],
    })
    const path = `/backtests/${run.id}/trades`
    assert.match(String((await ada.get(path, { accept: 'text/csv' })).body), /^number,instrument,side,.*\n$/)
    assert.equal((await ada.get(`${path}?sort=luck`)).status, 422)
    assert.equal((await ada.get(`${path}?sort=-net_profit`)).data.total, 0)
  })

  it('compare several runs on one axis of days', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const strategy = await giveStrategy(ada)
    const base = { instruments: [{ dataset_id: dataset }] }
    const first = await runBacktest(app, ada, strategy, base)
    const second = await runBacktest(app, ada, strategy, {
      ...base,
      from: '2021-02-20',
      initial_capital: 500,
    })
    const { data } = await ada.get(`/backtests/compare?ids=${first.id},${second.id}`)
    assert.deepEqual(data.days, ['2021-02-19', '2021-02-20', '2021-02-21'])
    assert.equal(data.backtests[1].equity[0], null)
    const { data: days } = await ada.get(`/backtests/${second.id}/equity`)
    assert.equal(data.backtests[1].equity[1], days.rows[0].equity / 500)
    assert.deepEqual(data.backtests[0].metrics, first.metrics)
    const many = await ada.get(`/backtests/compare?ids=${Array(21).fill(first.id).join(',')}`)
    assert.equal(many.status, 422)
    const inject = {
      url: `/api/v1/backtests/${first.id}/trades`,
      headers: { authorization: `Bearer ${ada.person.accessToken}` },
    }
    assert.equal((await app.server.inject(inject)).json().data.total, first.metrics.trades)
  })

  it('explain a bar: each condition, the position, and the orders that came of it', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const run = await runBacktest(app, ada, await giveStrategy(ada), {
      instruments: [{ dataset_id: dataset }],
    })
    const { data: trades } = await ada.get(`/backtests/${run.id}/trades?limit=1`)
    const [trade] = trades.rows
    const { data } = await ada.get(`/backtests/${run.id}/explain?at=${trade.signal_time}`)
    const [bar] = data.instruments
    assert.equal(bar.time, trade.signal_time)
    const entry = bar.rules.find(({ path }: { path: string }) => path === 'long.entry')
    assert.deepEqual([entry.value, entry.is_ready, entry.parts.length > 0], [true, true, true])
    assert.deepEqual([bar.position, bar.signalled[0].entry_time], [null, trade.entry_time])
    const { data: later } = await ada.get(`/backtests/${run.id}/explain?at=${trade.entry_time}`)
    assert.equal(later.instruments[0].position.entry_price, trade.entry_price)
    assert.equal(later.instruments[0].orders[0].kind, 'entry')
    const { data: never } = await ada.get(`/backtests/${run.id}/explain?at=2030-01-01`)
    assert.deepEqual([never.instruments[0].time, never.instruments[0].rules], [null, []])
  })
})

describe('a report', () => {
  it('is one page without scripts, with pictures, metrics, months, settings and hashes', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const strategy = await giveStrategy(ada)
    const run = await runBacktest(app, ada, strategy, {
      instruments: [{ dataset_id: dataset }],
      name: '<script>alert(1)</script>',
      from_out_of_sample: '2021-02-20',
    })
    const { status, headers, body } = await ada.get(`/backtests/${run.id}/report`)
    assert.equal(status, 200)
    assert.match(headers.get('content-type') ?? '', /^text\/html/)
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
    const page = String(body)
    assert.ok(!page.includes('<script') && page.includes('&lt;script&gt;'))
    for (const part of [
      'Equity',
      'Drawdown',
      'Monthly returns',
      'Sharpe ratio',
      'Out of sample',
      run.run_id,
    ]) {
      assert.ok(page.includes(part), part)
    }
    for (const picture of ['Equity and buy and hold', 'Drawdown', 'binance BTC/USDT', 'Profits and losses']) {
      assert.ok(page.includes(`aria-label="${picture}`), picture)
    }
  })

  it('shows the equity of each bar where the run is short, and of days where another engine made it', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const strategy = await giveStrategy(ada)
    const run = await runBacktest(app, ada, strategy, { instruments: [{ dataset_id: dataset }] })
    const report = async () => String((await ada.get(`/backtests/${run.id}/report`)).body)
    assert.ok((await report()).includes('at closes of bars'))
    await sql`
      UPDATE backtest_results SET summary = jsonb_set(summary::jsonb, '{engine}', '"0"')::json
      WHERE key = decode(${run.run_id}, 'hex')`.execute(app.platform.db)
    assert.ok((await report()).includes('at ends of days'))
    await sql`
      UPDATE backtest_results SET summary = jsonb_set(summary::jsonb, '{equityHash}', '"another"')::json
      WHERE key = decode(${run.run_id}, 'hex')`.execute(app.platform.db)
    const bars = await ada.get(`/backtests/${run.id}/equity?resolution=bar`)
    assert.deepEqual([bars.status, bars.error.code], [409, 'engine_changed'])
    assert.equal((await ada.get(`/backtests/${run.id}/equity`)).status, 200)
  })
})

describe("somebody else's backtest", () => {
  it('is a 404 at every address, as is an unknown one and what is no id', async () => {
    const [ada, eve] = [await trader(app), await trader(app)]
    const dataset = await giveCandles(app, ada)
    const strategy = await giveStrategy(ada)
    const request = { instruments: [{ dataset_id: dataset }] }
    const run = await runBacktest(app, ada, strategy, request)
    for (const id of [run.id, randomUUID(), 'nonsense']) {
      for (const path of ['', '/events', '/trades', '/orders', '/equity', '/report', '/explain?at=0']) {
        const answer = await eve.get(`/backtests/${id}${path}`)
        assert.deepEqual([answer.status, answer.error?.code], [404, 'backtest_not_found'], path)
      }
      for (const path of ['/cancel', '/verify']) {
        assert.equal((await eve.post(`/backtests/${id}${path}`)).status, 404, path)
      }
      assert.equal((await eve.patch(`/backtests/${id}`, { name: 'mine' })).status, 404)
      assert.equal((await eve.delete(`/backtests/${id}`)).status, 404)
      assert.equal((await eve.get(`/backtests/compare?ids=${id}`)).status, 404)
    }
    assert.equal((await eve.get('/backtests')).data.total, 0)
    assert.equal((await eve.post(`/strategies/${strategy}/backtests`, request)).status, 404)
    assert.equal((await eve.get(`/strategies/${strategy}/backtests`)).error.code, 'strategy_not_found')
    assert.equal((await eve.post('/strategies/nonsense/backtests', request)).status, 404)
    assert.equal((await eve.get('/strategies/nonsense/backtests')).status, 404)
    const own = await eve.post(`/strategies/${await giveStrategy(eve)}/backtests`, request)
    assert.deepEqual([own.status, own.error.errors['instruments.0']], [422, 'is not there'])
    assert.equal((await ada.get(`/backtests/${run.id}`)).data.name, run.name)
  })
})
