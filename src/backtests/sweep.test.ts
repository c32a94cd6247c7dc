import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Market } from '../engine/market.ts'
import { generateCandles } from '../market-data/generate-candles.ts'
import { checkStrategy } from '../strategies/language/check-strategy.ts'
import type { StrategyTree } from '../strategies/language/strategy-tree.ts'
import { computeRun } from './compute-run.ts'
import { Sweep, type SweepInput } from './sweep.ts'

const DOCUMENT = {
  name: 'Averages that cross',
  timeframe: '1h',
  parameters: {
    fast: { default: 12, min: 2, max: 50, step: 1 },
    slow: { default: 26, min: 5, max: 200, step: 1 },
  },
  long: {
    entry: 'crosses_above(ema(close, fast), ema(close, slow)) and rsi(close, 14) < 70',
    exit: 'crosses_below(ema(close, fast), ema(close, slow))',
  },
  sizing: { type: 'percent_of_equity', value: 95 },
  risk: { stop_loss: { type: 'percent', value: 2 }, take_profit: [{ type: 'percent', value: 4 }] },
}

const candles = generateCandles({
  ...{ seed: 3, timeframe: '1h', from: Date.UTC(2023, 0, 1), bars: 4_000, price: 100, priceTick: 0.01 },
  ...{ volatility: 0.01, trend: 0.001, trendBars: 100, reversion: 0.001, jumpChance: 0.001, jump: 0.05 },
  ...{ gapChance: 0, gapBars: 0, volume: 10 },
})

const market: Omit<Market, 'signals'> = {
  instrument: {
    id: 'a',
    kind: 'spot',
    priceTick: 0.01,
    quantityStep: 0.001,
    minimumNotional: 10,
    makerFee: 0.001,
    takerFee: 0.001,
    maintenanceMarginRate: 0,
  },
  timeframe: '1h',
  candles,
  finer: null,
  funding: null,
}

const settings = {
  from: Date.UTC(2023, 0, 1),
  to: Date.UTC(2024, 0, 1),
  initialCapital: 10_000,
  slippage: { type: 'percent', value: 0.05 },
  leverage: 1,
  path: 'worst_case',
  limitFill: 'through',
  closeAtEnd: 'close',
} as const

const { tree } = checkStrategy(DOCUMENT)
const input: SweepInput = { tree: tree as StrategyTree, market, settings, periodsPerYear: 365 }

describe('a sweep over parameters', () => {
  it('comes to what each run comes to by itself, whatever ran before it', () => {
    const sweep = new Sweep(input)
    for (const parameters of [{ fast: 5 }, { fast: 20, slow: 60 }, { fast: 5, slow: 60 }, { fast: 5 }, {}]) {
      const { plan } = checkStrategy(DOCUMENT, parameters)
      assert.ok(plan)
      const { metrics } = computeRun({
        plan,
        timeframe: '1h',
        markets: [market],
        settings: { ...settings, sizing: plan.sizing, limits: plan.limits },
        measure: { periodsPerYear: 365, fromOutOfSample: null, maxGap: null },
      })
      assert.deepEqual(sweep.metrics(parameters), metrics)
      assert.ok((metrics.trades ?? 0) > 10)
      assert.deepEqual(sweep.summary(parameters), {
        finalEquity: settings.initialCapital + (metrics.net_profit ?? 0),
        trades: metrics.trades,
        maxDrawdown: metrics.max_drawdown,
        winRate: metrics.win_rate,
        profitFactor: metrics.profit_factor,
        fees: metrics.fees,
      })
    }
  })

  it('gives nothing for values that the strategy does not allow', () => {
    const sweep = new Sweep(input)
    assert.equal(sweep.summary({ fast: 1 }), null)
    assert.equal(sweep.metrics({ slow: 2.5 }), null)
  })

  it('of no bar at all keeps the capital', () => {
    const sweep = new Sweep({ ...input, settings: { ...settings, to: 1 } })
    const { finalEquity, trades } = sweep.summary({}) ?? {}
    assert.deepEqual([finalEquity, trades, sweep.metrics({})?.trades], [10_000, 0, 0])
  })
})
