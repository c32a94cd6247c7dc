import { planOf } from '../../src/backtests/resolve-run.ts'
import type { RunInput } from '../../src/backtests/run-input.ts'
import type { InstrumentRules } from '../../src/engine/market.ts'
import type { Candles } from '../../src/market-data/candles.ts'
import type { Recipe } from '../../src/market-data/generate-candles.ts'
import { periodEnd } from '../../src/market-data/timeframe.ts'

/** Two averages that cross, where the strength is not too high; out at the cross back, a stop or a target. */
export const CROSS_STRATEGY = {
  name: 'EMA cross with RSI filter',
  timeframe: '1m',
  series: { fast: 'ema(close, 12)', slow: 'ema(close, 26)', strength: 'rsi(close, 14)' },
  long: {
    entry: 'crosses_above(fast, slow) and strength < 70',
    exit: 'crosses_below(fast, slow)',
    order: { type: 'market' },
  },
  sizing: { type: 'percent_of_equity', value: 95 },
  risk: { stop_loss: { type: 'percent', value: 2 }, take_profit: [{ type: 'percent', value: 4 }] },
}

/** Limit entries that expire, a stop, a trailing stop by the ATR, a rank between instruments. */
export const EVERYTHING_STRATEGY = {
  name: 'EMA cross by limit orders',
  timeframe: '1m',
  series: { fast: 'ema(close, 20)', slow: 'ema(close, 60)' },
  long: {
    entry: 'crosses_above(fast, slow)',
    exit: 'crosses_below(fast, slow)',
    order: { type: 'limit', price: 'close * 0.999', expires_after: 5 },
  },
  rank: 'roc(close, 24)',
  sizing: { type: 'percent_of_equity', value: 30 },
  risk: {
    stop_loss: { type: 'percent', value: 3 },
    trailing_stop: { type: 'atr', period: 14, multiple: 3 },
    max_open_positions: 3,
  },
}

/** The same, with averages to choose. */
export const TUNABLE_STRATEGY = {
  ...CROSS_STRATEGY,
  parameters: {
    fast_window: { default: 12, min: 5, max: 20, step: 1 },
    slow_window: { default: 26, min: 21, max: 200, step: 1 },
  },
  series: {
    fast: 'ema(close, fast_window)',
    slow: 'ema(close, slow_window)',
    strength: 'rsi(close, 14)',
  },
}

/** How many different values `parametersOf` has. */
export const PARAMETER_SETS = 16 * 180

/** Values that no other run has, near the usual ones. */
export function parametersOf(run: number): Record<string, number> {
  return { fast_window: 5 + (run % 16), slow_window: 21 + (Math.floor(run / 16) % 180) }
}

export const CAPITAL = 1_000_000
const FEE = 0.001

/** Any price and any quantity will do, so that whoever is compared need not know of steps. */
export const INSTRUMENT: InstrumentRules = {
  id: 'generated',
  kind: 'spot',
  priceTick: 0,
  quantityStep: 0,
  minimumNotional: 0,
  makerFee: FEE,
  takerFee: FEE,
  maintenanceMarginRate: 0,
}

/**
 * One-minute bars whose trends pay the fees of some ten thousand trades, so that the account neither vanishes nor
 * outgrows what whole units can be bought with.
 */
export const RECIPE: Omit<Recipe, 'bars'> = {
  seed: 7,
  timeframe: '1m',
  from: Date.UTC(2023, 0, 1),
  price: 1,
  priceTick: 0.000001,
  volatility: 0.002,
  trend: 0.0003,
  trendBars: 120,
  reversion: 0.002,
  jumpChance: 0.001,
  jump: 0.05,
  gapChance: 0,
  gapBars: 0,
  volume: 1_000,
}

/** The run of a strategy over all candles, by the default rules. */
export function runInput(document: unknown, candles: Candles): RunInput {
  const plan = planOf(document, {})
  const { timestamp } = candles
  return {
    plan,
    timeframe: plan.timeframe,
    markets: [{ instrument: INSTRUMENT, candles, finer: null, funding: null }],
    settings: {
      from: timestamp.at(0) ?? 0,
      to: periodEnd(timestamp.at(-1) ?? 0, plan.timeframe),
      initialCapital: CAPITAL,
      slippage: { type: 'percent', value: 0 },
      leverage: 1,
      path: 'worst_case',
      limitFill: 'through',
      closeAtEnd: 'close',
      sizing: plan.sizing,
      limits: plan.limits,
    },
    measure: { periodsPerYear: 365, fromOutOfSample: null, maxGap: null },
  }
}

/** The run with everything on: perpetuals that share an account, with leverage, funding, slippage. */
export function everythingInput(markets: readonly Candles[]): RunInput {
  const [first] = markets
  if (!first) throw new Error('no market')
  const input = runInput(EVERYTHING_STRATEGY, first)
  const rules = { kind: 'linear', makerFee: 0.0002, takerFee: 0.0005, maintenanceMarginRate: 0.005 } as const
  return {
    ...input,
    markets: markets.map((candles, index) => ({
      instrument: { ...INSTRUMENT, ...rules, id: String(index) },
      candles,
      finer: null,
      funding: { type: 'rate', rate: 0.0001, interval: 8 * 3_600_000 },
    })),
    settings: { ...input.settings, leverage: 2, slippage: { type: 'percent', value: 0.01 } },
  }
}
