import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { giveCandles, giveStrategy, swingingLines, type Trader, trader } from '../../test/backtests.ts'
import type { Body } from '../../test/client.ts'
import { assertReadable } from '../../test/hostile/readable.ts'
import { BTC_MINUTES, csv, START, upload } from '../../test/market.ts'

const BARS = 240
const PERPETUAL = { ...BTC_MINUTES, symbol: 'BTC/USDT:USDT' }

let app: TestApp
let ada: Trader
let strategy: string
let spot: string
let perpetual: string

before(async () => {
  app = await startTestApp({ env: { MAX_BACKTESTS_PER_USER: '1000' } })
  ada = await trader(app)
  strategy = await giveStrategy(ada)
  const lines = swingingLines(BARS)
  spot = await giveCandles(app, ada, lines)
  perpetual = await giveCandles(app, ada, lines, PERPETUAL)
})
after(() => app.close())

/** Starts a run of each request. @returns how they ended, once all have */
async function runAll(requests: object[], dataset: string): Promise<Body[]> {
  const ids: string[] = []
  for (const request of requests) {
    const body = { instruments: [{ dataset_id: dataset }], ...request }
    const { status, data, error } = await ada.post(`/strategies/${strategy}/backtests`, body)
    assert.ok(status < 300, `${JSON.stringify(request)}: ${JSON.stringify(error)}`)
    ids.push(data.id)
  }
  await app.jobsDone()
  return Promise.all(ids.map(async (id) => (await ada.get(`/backtests/${id}`)).data))
}

const rules = (changes: object) => ({ instruments: [{ dataset_id: spot, ...changes }] })

/** The ends of the ranges of numbers that a request may hold. */
const extremes = (): object[] => [
  { initial_capital: 1 },
  { initial_capital: 1e12 },
  { initial_capital: 1.0000000000000002 },
  ...[0, 1e-12, 1e9].flatMap((step) => [rules({ price_tick: step }), rules({ quantity_step: step })]),
  rules({ price_tick: 1e-12, quantity_step: 1e-12, minimum_notional: 0 }),
  rules({ minimum_notional: 1e12 }),
  { fees: { maker: 0.1, taker: 0.1 } },
  { fees: { maker: 1e-12, taker: 0 } },
  { slippage: { type: 'percent', value: 50 } },
  { slippage: { type: 'percent', value: 1e-12 } },
  { ...rules({ price_tick: 1e9 }), slippage: { type: 'ticks', value: 50 } },
  { periods_per_year: 1 },
  { periods_per_year: 366 },
  { from: '1970-01-01', to: '2199-12-31T23:59:59.999Z' },
  { max_gap: { bars: 1_000_000 } },
]

const EXTREMES_OF_PERPETUALS: object[] = [
  { leverage: 125, initial_capital: 1e12 },
  { leverage: 125, slippage: { type: 'percent', value: 50 } },
  { funding: { rate: 0.1, interval_hours: 1 }, leverage: 125 },
  { funding: { rate: -0.1, interval_hours: 1 } },
  { funding: { rate: 1e-12, interval_hours: 168 } },
]

describe('a run with settings at the ends of their ranges', () => {
  it('ends with a result, or with a code, and all of it can be read', async () => {
    const ended = [...(await runAll(extremes(), spot)), ...(await runAll(EXTREMES_OF_PERPETUALS, perpetual))]
    for (const { state, settings, error } of ended) {
      assert.equal(state, 'succeeded', JSON.stringify({ settings, error }))
    }
    await assertReadable(app, { trader: ada, strategy, dataset: spot, backtest: '', importId: '' })
  })

  it('is refused beyond them', async () => {
    const perpetuals = { instruments: [{ dataset_id: perpetual }] }
    const refused: [object, string][] = [
      ...[5e-324, 1e-320, 1e-13, 1e300, -1].flatMap((step): [object, string][] => [
        [rules({ price_tick: step }), 'instruments.0.price_tick'],
        [rules({ quantity_step: step }), 'instruments.0.quantity_step'],
        [rules({ minimum_notional: step }), 'instruments.0.minimum_notional'],
        [{ slippage: { type: 'ticks', value: step } }, 'slippage.value'],
        [{ fees: { maker: 0, taker: step } }, 'fees.taker'],
        [{ initial_capital: step }, 'initial_capital'],
        [{ ...perpetuals, leverage: step }, 'leverage'],
        [{ periods_per_year: step }, 'periods_per_year'],
      ]),
      ...[5e-324, -1e-320, 1e300].map((rate): [object, string] => [
        { ...perpetuals, funding: { rate } },
        'funding.rate',
      ]),
      ...[5e-324, 1e300, -1e300].map((fast): [object, string] => [
        { parameters: { fast } },
        'parameters.fast',
      ]),
      [{ from: '2200-01-01' }, 'from'],
      [{ to: '99999999999999999' }, 'to'],
      [{ from_out_of_sample: '9999-12-31' }, 'from_out_of_sample'],
      [{ max_gap: { bars: 0.5 } }, 'max_gap.bars'],
    ]
    for (const [request, field] of refused) {
      const body = { instruments: [{ dataset_id: spot }], ...request }
      const { status, error } = await ada.post(`/strategies/${strategy}/backtests`, body)
      assert.deepEqual([status, error?.code], [422, 'validation_failed'], JSON.stringify(request))
      assert.ok(field in error.errors, `${field}: ${JSON.stringify(error.errors)}`)
    }
  })
})

describe('candles with extreme numbers', () => {
  const lines = (scale: number, volume: number) =>
    swingingLines(BARS).map((line) => {
      const [time, ...prices] = line.split(',').map(Number)
      return [time, ...prices.slice(0, 4).map((price) => price * scale), volume].join(',')
    })
  const fieldsOf = (symbol: string) => ({
    ...BTC_MINUTES,
    symbol,
    price_tick: '1e-12',
    quantity_step: '1e-12',
  })

  it('can be run over and read at the ends of their ranges', async () => {
    const sets: [string, number, number][] = [
      ['LOW/USDT', 2e-14, 1e18],
      ['HIGH/USDT', 8e12, 5e-324],
      ['NONE/USDT', 1, 0],
    ]
    for (const [symbol, scale, volume] of sets) {
      const dataset = await giveCandles(app, ada, lines(scale, volume), fieldsOf(symbol))
      for (const { state, error } of await runAll([{}, { initial_capital: 1e12 }], dataset)) {
        assert.equal(state, 'succeeded', `${symbol}: ${JSON.stringify(error)}`)
      }
    }
    await assertReadable(app, { trader: ada, strategy, dataset: spot, backtest: '', importId: '' })
  })

  it('are refused beyond them, with the column', async () => {
    const bar = (values: string) => csv([`${START},${values}`])
    const refused: [string, string, string][] = [
      ['5e-324,2,5e-324,1,1', 'low', 'must be from 1e-12 to 1e+15'],
      ['1,2,1e-13,1,1', 'low', 'must be from 1e-12 to 1e+15'],
      ['1,1e300,1,1,1', 'high', 'must be from 1e-12 to 1e+15'],
      ['1,2,1,1,1e19', 'volume', 'must be at most 1e+18'],
    ]
    for (const [values, column, problem] of refused) {
      const { status, error } = await upload(app, ada.person, bar(values), fieldsOf('ODD/USDT'))
      assert.deepEqual([status, error.code, error.errors[column]], [422, 'invalid_rows', problem])
    }
    const rate = { ...PERPETUAL, data: 'funding', symbol: 'ODD/USDT:USDT' }
    const funding = `timestamp,rate,mark_price\n${START},0.0001,1e300\n`
    assert.equal(
      (await upload(app, ada.person, funding, rate)).error.errors.mark_price,
      'must be from 1e-12 to 1e+15',
    )
  })

  it('have trading rules within their ranges', async () => {
    for (const [field, value] of [
      ['price_tick', '5e-324'],
      ['price_tick', '0'],
      ['quantity_step', '1e-320'],
      ['minimum_notional', '1e-13'],
      ['maker_fee', '-1e-320'],
      ['taker_fee', 'Infinity'],
      ['maintenance_margin_rate', 'NaN'],
    ] as const) {
      const fields = { ...BTC_MINUTES, symbol: 'ODD/USDT', [field]: value }
      const { status, error } = await upload(app, ada.person, csv(swingingLines(3)), fields)
      assert.deepEqual([status, error.code], [422, 'validation_failed'], `${field} ${value}`)
      assert.ok(field in error.errors)
    }
  })
})
