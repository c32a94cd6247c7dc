import { marketOf } from '../../src/backtests/compute-run.ts'
import type { RunInput, RunMarket } from '../../src/backtests/run-input.ts'
import type { SimulationOutcome } from '../../src/engine/outcome.ts'
import { simulate } from '../../src/engine/simulate.ts'
import { type Candles, sliceCandles } from '../../src/market-data/candles.ts'
import { generateCandles } from '../../src/market-data/generate-candles.ts'
import { isTimeframe } from '../../src/market-data/timeframe.ts'
import { checkStrategy } from '../../src/strategies/language/check-strategy.ts'
import type { Template } from '../../src/strategies/templates.ts'

/** Candles that are the same on every machine, with gaps, jumps and trends. */
export function seededCandles(seed: number, timeframe: unknown, bars: number): Candles {
  if (typeof timeframe !== 'string' || !isTimeframe(timeframe) || timeframe === '1M')
    throw new Error('no timeframe')
  return generateCandles({
    ...{ seed, timeframe, from: Date.UTC(2023, 0, 1), bars, price: 100, priceTick: 0.01, volatility: 0.008 },
    ...{ trend: 0.001, trendBars: 150, reversion: 0.0005, jumpChance: 0.002, jump: 0.08 },
    ...{ gapChance: 0.002, gapBars: 5, volume: 10 },
  })
}

function marketsOf(template: Template, seeds: readonly number[], bars: number): RunMarket[] {
  return seeds.map((seed) => ({
    instrument: {
      id: `market ${seed}`,
      kind: 'linear',
      priceTick: 0.01,
      quantityStep: 0.001,
      minimumNotional: 5,
      makerFee: 0.0002,
      takerFee: 0.0005,
      maintenanceMarginRate: 0.005,
    },
    candles: seededCandles(seed, template.document.timeframe, bars),
    finer: null,
    funding: { type: 'rate', rate: 0.0001, interval: 8 * 3_600_000 },
  }))
}

/** A template on several perpetuals with everything on: funding, leverage, slippage, fees. */
export function templateRun(template: Template, seeds: readonly number[], bars: number): RunInput {
  const { plan } = checkStrategy(template.document)
  if (!plan) throw new Error(`${template.id} is no strategy`)
  return {
    plan,
    timeframe: plan.timeframe,
    markets: marketsOf(template, seeds, bars),
    settings: {
      from: Date.UTC(2023, 0, 1),
      to: Date.UTC(2100, 0, 1),
      initialCapital: 10_000,
      slippage: { type: 'percent', value: 0.02 },
      leverage: 2,
      path: 'worst_case',
      limitFill: 'through',
      closeAtEnd: 'none',
      sizing: plan.sizing,
      limits: plan.limits,
    },
    measure: { periodsPerYear: 365, fromOutOfSample: null, maxGap: null },
  }
}

/** The same run with no bar at or after a time. */
export function cutRun(input: RunInput, time: number): RunInput {
  const markets = input.markets.map((market) => {
    const bars = market.candles.timestamp.filter((open) => open < time).length
    return { ...market, candles: sliceCandles(market.candles, 0, bars) }
  })
  return { ...input, markets }
}

/** From documents and candles to trades: rules, simulation. */
export function outcomeOf(input: RunInput): SimulationOutcome {
  return simulate(
    input.markets.map((market) => marketOf(input, market)),
    input.settings,
  )
}
