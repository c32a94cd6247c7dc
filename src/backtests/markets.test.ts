import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { CROSS, giveCandles, giveStrategy, runBacktest, swingingLines, trader } from '../../test/backtests.ts'
import { BTC_MINUTES, START, upload } from '../../test/market.ts'

let app: TestApp
before(async () => {
  app = await startTestApp()
})
after(() => app.close())

const HOUR = 3_600_000
const PERPETUAL = { exchange: 'binance', symbol: 'BTC/USDT:USDT', timeframe: '1m', kind: 'linear' }
const BOTH_WAYS = {
  ...CROSS,
  name: 'Both ways',
  long: { entry: 'sma(close, fast) > sma(close, 20)', exit: 'sma(close, fast) < sma(close, 20)' },
  short: {
    entry: 'sma(close, fast) < sma(close, 20)',
    exit: 'sma(close, fast) > sma(close, 20)',
  },
  risk: { stop_loss: { type: 'percent', value: 30 }, max_bars: 60, cooldown_bars: 3 },
}

describe('a perpetual', () => {
  it('is sold short, with leverage, slippage in ticks and funding at a constant rate', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada, swingingLines(3_000), PERPETUAL)
    const strategy = await giveStrategy(ada, BOTH_WAYS)
    const request = {
      instruments: [{ dataset_id: dataset, price_tick: 0.05, quantity_step: 0.01, minimum_notional: 10 }],
      leverage: 2,
      slippage: { type: 'ticks', value: 1 },
      funding: { rate: 0.0001, interval_hours: 1 },
      path: 'nearest_extreme',
      limit_fill: 'touch',
      close_at_end: 'open',
    }
    const run = await runBacktest(app, ada, strategy, request)
    assert.equal(run.state, 'succeeded', JSON.stringify(run.error))
    const { data: trades } = await ada.get(`/backtests/${run.id}/trades?limit=100`)
    const sides = new Set(trades.rows.map(({ side }: { side: string }) => side))
    assert.deepEqual([...sides].sort(), ['long', 'short'])
    assert.ok(trades.rows.some(({ funding }: { funding: number }) => funding !== 0))
    assert.ok(
      trades.rows.every(
        ({ quantity }: { quantity: number }) => Math.abs(quantity * 100 - Math.round(quantity * 100)) < 1e-9,
      ),
    )
    assert.equal(trades.rows.at(-1).exit_reason, 'end_of_data')
    assert.deepEqual([run.settings.close_at_end, run.settings.leverage, run.result.warnings], ['open', 2, []])
    const { data: orders } = await ada.get(`/backtests/${run.id}/orders?sort=price&limit=100`)
    const refused = orders.rows.filter(({ state }: { state: string }) => state === 'refused')
    assert.ok(
      refused.some(
        ({ reason, price, liquidity, trade }: Record<string, unknown>) =>
          reason === 'cooldown' && price === null && liquidity === null && trade === null,
      ),
    )
    const short = trades.rows.find(({ side }: { side: string }) => side === 'short')
    const { data: explained } = await ada.get(`/backtests/${run.id}/explain?at=${short.entry_time}`)
    assert.equal(explained.instruments[0].position.side, 'short')
    const report = await ada.get(`/backtests/${run.id}/report`)
    assert.ok(String(report.body).includes('entry short" x='))
  })

  it('pays the rates of a dataset, and warns where there is neither', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada, swingingLines(3_000), PERPETUAL)
    const strategy = await giveStrategy(ada, {
      ...BOTH_WAYS,
      long: { entry: 'close > 0', exit: 'close < 0' },
      short: null,
      risk: { stop_loss: { type: 'percent', value: 90 } },
    })
    const request = { instruments: [{ dataset_id: dataset }], close_at_end: false }
    const without = await runBacktest(app, ada, strategy, request)
    assert.equal(without.result.warnings[0].code, 'no_funding')
    assert.deepEqual([without.result.closed_trades, without.result.open_trades], [0, 1])
    const { data: trades } = await ada.get(`/backtests/${without.id}/trades`)
    assert.deepEqual([trades.rows[0].state, trades.rows[0].exit_reason], ['open', 'open'])
    const rates = Array.from({ length: 50 }, (_, hour) => `${START + hour * HOUR},0.001,`)
    const funding = await upload(app, ada.person, `timestamp,rate,mark_price\n${rates.join('\n')}\n`, {
      exchange: PERPETUAL.exchange,
      symbol: PERPETUAL.symbol,
      kind: 'linear',
      data: 'funding',
    })
    assert.equal(funding.status, 201, JSON.stringify(funding.body))
    const paid = await runBacktest(app, ada, strategy, request)
    assert.deepEqual(paid.result.warnings, [])
    assert.notEqual(paid.run_id, without.run_id)
    assert.ok(paid.metrics.net_profit < without.metrics.net_profit)
  })

  it('is needed for short sales', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada)
    const strategy = await giveStrategy(ada, BOTH_WAYS)
    const answer = await ada.post(`/strategies/${strategy}/backtests`, {
      instruments: [{ dataset_id: dataset }],
    })
    assert.equal(answer.status, 422)
    assert.match(answer.error.errors.detail, /cannot be sold short/)
  })
})

describe('instruments', () => {
  it('are found by exchange and symbol, several of them share one account', async () => {
    const ada = await trader(app)
    await giveCandles(app, ada, swingingLines(2_000), {
      exchange: 'kraken',
      symbol: 'BTC/USD',
      timeframe: '1m',
    })
    await giveCandles(app, ada, swingingLines(1_000), {
      exchange: 'kraken',
      symbol: 'ETH/USD',
      timeframe: '1m',
    })
    const run = await runBacktest(app, ada, await giveStrategy(ada), {
      instruments: [
        { exchange: 'kraken', symbol: 'ETH/USD' },
        { exchange: 'kraken', symbol: 'BTC/USD' },
      ],
    })
    assert.equal(run.state, 'succeeded', JSON.stringify(run.error))
    assert.deepEqual(
      run.instruments.map(({ symbol }: { symbol: string }) => symbol),
      ['BTC/USD', 'ETH/USD'],
    )
    assert.equal(run.progress.bars_total, 3_000)
    const page = String((await ada.get(`/backtests/${run.id}/report`)).body)
    assert.ok(page.includes('BTC/USD') && page.includes('ETH/USD'))
  })

  it('of which one has no candle in the run go on with the others, and say so', async () => {
    const ada = await trader(app)
    await giveCandles(app, ada)
    await giveCandles(app, ada, swingingLines(500), { ...BTC_MINUTES, symbol: 'OLD/USDT' })
    const strategy = await giveStrategy(ada, { ...CROSS, timeframe: '1h' })
    const run = await runBacktest(app, ada, strategy, {
      instruments: [
        { exchange: 'binance', symbol: 'BTC/USDT' },
        { exchange: 'binance', symbol: 'OLD/USDT' },
      ],
      from: '2021-02-20',
    })
    assert.deepEqual(run.result.warnings[0], {
      code: 'range',
      message: 'binance OLD/USDT has no candles in the run.',
    })
    const page = String((await ada.get(`/backtests/${run.id}/report`)).body)
    assert.ok(page.includes('<h2>binance BTC/USDT</h2>') && !page.includes('<h2>binance OLD/USDT</h2>'))
  })

  it('without candles that the timeframe can be made of are refused, with what there is', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada, swingingLines(100, START, HOUR), {
      exchange: 'kraken',
      symbol: 'SOL/USD',
      timeframe: '1h',
    })
    const answer = await ada.post(`/strategies/${await giveStrategy(ada)}/backtests`, {
      instruments: [{ dataset_id: dataset }],
    })
    assert.equal(answer.status, 422)
    assert.match(answer.error.errors.detail, /Stored are: 1h/)
    const rates = await upload(app, ada.person, `timestamp,rate\n${START},0.001\n`, {
      exchange: 'kraken',
      symbol: 'ADA/USD:USD',
      kind: 'linear',
      data: 'funding',
    })
    const only = await ada.post(`/strategies/${await giveStrategy(ada)}/backtests`, {
      instruments: [{ dataset_id: rates.data.dataset_id }],
    })
    assert.match(only.error.errors.detail, /funding rates alone/)
  })

  it("are read in the strategy's own timeframe where it is stored, else in the largest that makes it", async () => {
    const ada = await trader(app)
    const names = { exchange: 'kraken', symbol: 'DOT/USD' }
    const day = { ...CROSS, timeframe: '1d', long: { entry: 'close > 0', exit: 'close < 0' } }
    await giveCandles(app, ada, swingingLines(3 * 1_440), { ...names, timeframe: '1m' })
    await giveCandles(app, ada, swingingLines(3 * 24, START, HOUR), { ...names, timeframe: '1h' })
    const strategy = await giveStrategy(ada, day)
    const made = await runBacktest(app, ada, strategy, { instruments: [names] })
    assert.deepEqual([made.instruments[0].series, made.settings.path, made.result.bars], ['1h', 'stored', 3])
    await giveCandles(app, ada, swingingLines(2, START, 24 * HOUR), { ...names, timeframe: '1d' })
    const own = await runBacktest(app, ada, strategy, { instruments: [names] })
    assert.deepEqual([own.instruments[0].series, own.result.bars], ['1d', 2])
  })

  it('of too few candles for one bar fail with what is missing', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada, swingingLines(30), {
      exchange: 'kraken',
      symbol: 'XRP/USD',
      timeframe: '1m',
    })
    const strategy = await giveStrategy(ada, {
      ...CROSS,
      timeframe: '1h',
      long: { entry: 'close > 0', exit: 'close < 0' },
    })
    const run = await runBacktest(app, ada, strategy, { instruments: [{ dataset_id: dataset }] })
    assert.deepEqual([run.state, run.error?.code], ['failed', 'no_data'])
  })

  it('are read over the borders of what is stored together, with the bars before the first', async () => {
    const ada = await trader(app)
    const midnight = START + 24 * HOUR
    const dataset = await giveCandles(app, ada, swingingLines(200, midnight - 100_000, 1_000), {
      exchange: 'kraken',
      symbol: 'SEC/USD',
      timeframe: '1s',
    })
    const strategy = await giveStrategy(ada, { ...CROSS, timeframe: '1s' })
    const base = { instruments: [{ dataset_id: dataset }] }
    const second = await runBacktest(app, ada, strategy, { ...base, from: String(midnight + 10_000) })
    assert.deepEqual([second.state, second.result?.bars], ['succeeded', 90])
    const first = await runBacktest(app, ada, strategy, { ...base, to: String(midnight) })
    assert.deepEqual([first.state, first.result?.bars], ['succeeded', 100])
  })

  it('without a candle in the range are refused', async () => {
    const ada = await trader(app)
    await giveCandles(app, ada, swingingLines(100), {
      exchange: 'kraken',
      symbol: 'AAA/USD',
      timeframe: '1m',
    })
    await giveCandles(app, ada, swingingLines(100, START + 24 * HOUR), {
      exchange: 'kraken',
      symbol: 'BBB/USD',
      timeframe: '1m',
    })
    const answer = await ada.post(`/strategies/${await giveStrategy(ada)}/backtests`, {
      instruments: [
        { exchange: 'kraken', symbol: 'AAA/USD' },
        { exchange: 'kraken', symbol: 'BBB/USD' },
      ],
      to: String(START + HOUR),
    })
    assert.deepEqual([answer.status, answer.error.code], [422, 'no_data'])
  })

  it('that are there twice, shared and own, have to be named by their dataset', async () => {
    const ada = await trader(app)
    const names = { exchange: 'kraken', symbol: 'DUP/USD', timeframe: '1m' }
    const own = await giveCandles(app, ada, swingingLines(200), names)
    const ben = await trader(app)
    const shared = await giveCandles(app, ben, swingingLines(300), names)
    const { db } = app.platform
    await db
      .updateTable('instruments')
      .set({ owner_id: null } as never)
      .where('id', '=', db.selectFrom('datasets').select('instrument_id').where('id', '=', shared))
      .execute()
    const strategy = await giveStrategy(ada)
    const both = await ada.post(`/strategies/${strategy}/backtests`, {
      instruments: [{ exchange: 'kraken', symbol: 'DUP/USD' }],
    })
    assert.deepEqual([both.status, both.error.errors['instruments.0']], [422, 'needs a dataset_id'])
    const mine = await runBacktest(app, ada, strategy, { instruments: [{ dataset_id: own }] })
    const theirs = await runBacktest(app, ada, strategy, { instruments: [{ dataset_id: shared }] })
    assert.deepEqual([mine.result.bars, theirs.result.bars], [200, 300])
  })
})

describe('an account', () => {
  it('that is ruined ends its run, and says when', async () => {
    const ada = await trader(app)
    const lines = swingingLines(3_000)
    const dataset = await giveCandles(app, ada, lines, { ...PERPETUAL, symbol: 'ETH/USDT:USDT' })
    const strategy = await giveStrategy(ada, {
      ...CROSS,
      long: { entry: 'close > 0', exit: 'close < 0' },
      sizing: { type: 'fixed_quantity', value: 8 },
    })
    // From a crest on, with all of the capital as the margin of a position that falls by a fifth.
    const run = await runBacktest(app, ada, strategy, {
      instruments: [{ dataset_id: dataset }],
      from: String(START + 44 * 60_000),
      initial_capital: Number(lines[45]?.split(',')[1]),
      leverage: 8,
      fees: { maker: 0, taker: 0 },
    })
    assert.match(run.result.ruined_at, /^2021-02-19T01:/)
    assert.equal(run.metrics.total_return, -1)
    assert.ok(run.result.bars < 60)
  })
})

describe('halves', () => {
  it('may be empty', async () => {
    const ada = await trader(app)
    const dataset = await giveCandles(app, ada, swingingLines(300))
    const strategy = await giveStrategy(ada)
    const base = { instruments: [{ dataset_id: dataset }] }
    const early = { from: '2020-01-01', from_out_of_sample: '2020-06-01' }
    const before = await runBacktest(app, ada, strategy, { ...base, ...early })
    assert.deepEqual([before.result.in_sample.trades, before.result.in_sample.exposure], [0, null])
    const withinLastBar = String(START + 300 * 60_000 - 1)
    const after = await runBacktest(app, ada, strategy, { ...base, from_out_of_sample: withinLastBar })
    assert.deepEqual(
      [after.result.out_of_sample.trades, after.result.in_sample.trades],
      [0, after.metrics.trades],
    )
  })
})
