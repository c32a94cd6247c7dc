import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { CROSS, giveCandles, giveStrategy, runBacktest, type Trader, trader } from '../../test/backtests.ts'
import { BTC_MINUTES } from '../../test/market.ts'

const PERPETUAL = { ...BTC_MINUTES, symbol: 'BTC/USDT:USDT' }
const BARS = 3_000

let app: TestApp
let ada: Trader
let strategy: string
let spot: string
let perpetual: string

before(async () => {
  app = await startTestApp({ env: { BACKTESTS_PER_USER: '100' } })
  ada = await trader(app)
  spot = await giveCandles(app, ada)
  perpetual = await giveCandles(app, ada, undefined, PERPETUAL)
  strategy = await giveStrategy(ada)
})
after(() => app.close())

type Warning = { code: string; message: string }

/** Runs a strategy. @returns its result, with the codes of its warnings */
async function run(changes: object, request: object = {}, dataset = spot) {
  const id = await giveStrategy(ada, { ...CROSS, ...changes })
  const { state, error, result, metrics } = await runBacktest(app, ada, id, {
    instruments: [{ dataset_id: dataset }],
    ...request,
  })
  assert.equal(state, 'succeeded', JSON.stringify(error))
  const warnings: Warning[] = result.warnings
  return { metrics, result, codes: warnings.map(({ code }) => code), texts: warnings.map((w) => w.message) }
}

/** What is said of a document that cannot be saved. */
async function documentFaults(changes: object): Promise<Record<string, string>> {
  const { status, error } = await ada.post('/strategies', { document: { ...CROSS, ...changes } })
  assert.deepEqual([status, error.code], [422, 'invalid_strategy'])
  return error.errors
}

/** What is said of a request that cannot be run, and that no backtest came of it. */
async function refusalOf(
  request: object,
): Promise<{ status: number; code: string; errors: Record<string, string> }> {
  const count = async () => (await ada.get('/backtests?limit=1')).data.total
  const earlier = await count()
  const path = `/strategies/${strategy}/backtests`
  const { status, error } = await ada.post(path, { instruments: [{ dataset_id: spot }], ...request })
  assert.equal(await count(), earlier)
  return { status, code: error?.code, errors: error?.errors }
}

describe('a strategy', () => {
  it('that divides by zero is never true there, and goes on', async () => {
    const always = await run({ long: { entry: 'close / (close - close) > 1', exit: 'close < 0' } })
    assert.deepEqual([always.metrics.trades, always.codes], [0, ['no_trades']])
    const often = await run({
      long: { entry: 'volume / (bars_since(close > sma(close, 9)) - 1) > 0', exit: 'close > 0' },
    })
    assert.ok(often.metrics.trades > 0)
    assert.ok(Number.isFinite(often.metrics.net_profit))
  })

  it('that never trades is told so, and where to look', async () => {
    const { metrics, codes, texts } = await run({ long: { entry: 'close < 0', exit: 'close > 0' } })
    assert.deepEqual([metrics.trades, metrics.total_return, metrics.sharpe], [0, 0, null])
    assert.deepEqual(codes, ['no_trades'])
    assert.match(texts[0] ?? '', /no entry rule was true at any close.*explain/)
  })

  it('that trades on every bar until its money is gone is told what then stood in its way', async () => {
    const { metrics, codes, texts } = await run(
      { long: { entry: 'close > 0', exit: 'close > 0' } },
      { initial_capital: 500 },
    )
    assert.ok(metrics.trades > 500)
    assert.ok(metrics.total_return > -1 && metrics.total_return < -0.9)
    assert.deepEqual(codes, ['refused'])
    assert.match(texts[0] ?? '', /^Entries were refused .*: \d+ for min_notional\.$/)
  })

  it('whose stop is wider than the account loses the margin and no more, and is warned of the liquidations', async () => {
    const changes = { risk: { stop_loss: { type: 'percent', value: 60 } }, long: { entry: 'close > 108' } }
    const { metrics, codes, texts } = await run(changes, { leverage: 20 }, perpetual)
    assert.ok(metrics.total_return >= -1)
    assert.ok(codes.includes('liquidations'))
    assert.match(
      texts.join(),
      /lost their whole margin: \d+\. A stop that lies beyond the price of liquidation/,
    )
    assert.ok(codes.includes('stop_beyond_liquidation'))
    assert.match(
      texts.join(),
      /stop of 60 % on a long of .* beyond the liquidation, which is \d\.\d\d % away at a leverage of 20/,
    )
  })

  it('whose stop protects is not warned of it, on either side', async () => {
    const sides = { long: { entry: 'close > 108' }, short: { entry: 'close < 92' } }
    const near = { ...sides, risk: { stop_loss: { type: 'percent', value: 2 } } }
    assert.ok(!(await run(near, { leverage: 20 }, perpetual)).codes.includes('stop_beyond_liquidation'))
    const far = { ...sides, risk: { stop_loss: { type: 'percent', value: 20 } } }
    const { codes, texts } = await run(far, { leverage: 20 }, perpetual)
    assert.equal(codes.filter((code) => code === 'stop_beyond_liquidation').length, 2)
    assert.match(texts.join(), /on a long .*on a short /)
  })

  it('without a stop is warned of liquidations, too', async () => {
    const { texts } = await run({ long: { entry: 'close > 108' } }, { leverage: 20 }, perpetual)
    assert.match(texts.join(), /margin: \d+\. Take less leverage/)
  })

  it('whose stop is no price at all is refused', async () => {
    const faults = await documentFaults({ risk: { stop_loss: { type: 'percent', value: 150 } } })
    assert.match(faults['document.risk.stop_loss.value'] ?? '', /at most 100, but is 150/)
  })

  it('that warms up longer than there is data is told how many bars there are', async () => {
    const { metrics, codes, texts } = await run({
      long: { entry: 'close > sma(close, 5000)', exit: 'close < 0' },
    })
    assert.equal(metrics.trades, 0)
    assert.deepEqual(codes, ['warm_up', 'no_trades'])
    assert.match(texts[0] ?? '', new RegExp(`its ${BARS} bars of 1m lie within the strategy's warm-up`))
  })

  it('that names an unknown series or function is refused, with the nearest name', async () => {
    const unknown = await documentFaults({ long: { entry: 'close > slow_ma' } })
    assert.match(unknown['document.long.entry'] ?? '', /no value, parameter or series "slow_ma"/)
    const near = await documentFaults({ long: { entry: 'close > emma(close, 5)' } })
    assert.match(near['document.long.entry'] ?? '', /Did you mean "ema"/)
  })
})

describe('a request', () => {
  it('with dates outside of the data is refused, with what there is', async () => {
    const outside: [object, string][] = [
      [{ from: '2010-01-01', to: '2011-01-01' }, 'to'],
      [{ from: '2030-01-01' }, 'from'],
      [{ from: '2021-02-20', to: '2021-02-19' }, 'to'],
      [{ from_out_of_sample: '2030-01-01' }, 'from_out_of_sample'],
      [{ from_out_of_sample: '2020-01-01' }, 'from_out_of_sample'],
    ]
    for (const [request, field] of outside) {
      const { status, errors } = await refusalOf(request)
      assert.deepEqual([status, field in errors], [422, true], JSON.stringify(request))
      assert.match(
        errors.detail ?? '',
        /The candles go from 2021-02-19T00:00:00.000Z to 2021-02-21T02:00:00.000Z/,
      )
    }
  })

  it('with dates beyond the data on one side runs on what there is, and is told so', async () => {
    const { codes, texts } = await run({}, { from: '2020-01-01', to: '2021-02-20' })
    assert.deepEqual(codes, ['range'])
    assert.match(
      texts[0] ?? '',
      /candles from 2021-02-19T00:00Z to 2021-02-20T00:00Z only; the run goes from 2020-01-01/,
    )
  })

  it('with zero or absurd capital, leverage, fees or slippage is refused, with what is possible', async () => {
    const absurd: [object, string, string][] = [
      [{ initial_capital: 0 }, 'initial_capital', 'must be at least 1'],
      [{ initial_capital: -5 }, 'initial_capital', 'must be at least 1'],
      [{ initial_capital: 1e300 }, 'initial_capital', 'must be at most 1000000000000'],
      [{ leverage: 0 }, 'leverage', 'must be at least 1'],
      [{ leverage: 1_000 }, 'leverage', 'must be at most 125'],
      [{ leverage: 2 }, 'leverage', 'must be 1 on a spot market'],
      [{ fees: { maker: -1, taker: 0 } }, 'fees.maker', 'must be at least 0'],
      [{ fees: { maker: 0, taker: 5 } }, 'fees.taker', 'must be at most 0.1'],
      [{ fees: { taker: 0.001 } }, 'fees.maker', 'is required'],
      [{ slippage: { type: 'percent', value: 1_000 } }, 'slippage.value', 'must be at most 50'],
      [{ instruments: [] }, 'instruments', 'must have at least 1 entry'],
    ]
    for (const [request, field, problem] of absurd) {
      const { status, code, errors } = await refusalOf(request)
      assert.deepEqual([status, code, errors[field]], [422, 'validation_failed', problem])
    }
  })

  it('with a mistyped key is refused: dropped, it would be another run', async () => {
    const mistyped: [object, string][] = [
      [{ capital: 5 }, 'capital'],
      [{ fees: { maker: 0, taker: 0, takr: 1 } }, 'fees.takr'],
      [{ slippage: { type: 'percent', value: 1, unit: 'ticks' } }, 'slippage.unit'],
      [{ instruments: [{ dataset_id: spot, tick: 1 }] }, 'instruments.0.tick'],
      [{ max_gap: { bars: 1, do: 'fail' } }, 'max_gap.do'],
      [{ funding: { rate: 0, interval: 8 } }, 'funding.interval'],
    ]
    for (const [request, field] of mistyped) {
      const { status, errors } = await refusalOf(request)
      assert.deepEqual([status, errors[field]], [422, 'is not known'])
    }
  })

  it('for a version that is not there says that it is the version', async () => {
    const { status, code } = await refusalOf({ version: 99 })
    assert.deepEqual([status, code], [404, 'version_not_found'])
  })

  it('with capital that buys nothing runs, and is told why nothing was traded', async () => {
    const { metrics, codes, texts } = await run({}, { initial_capital: 1 })
    assert.equal(metrics.trades, 0)
    assert.deepEqual(codes, ['no_trades', 'refused'])
    assert.match(texts[0] ?? '', /every entry was refused/)
  })
})
