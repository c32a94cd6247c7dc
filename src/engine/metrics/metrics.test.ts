import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Fill, Trade } from '../outcome.ts'
import { FILL_FIELDS, TRADE_FIELDS } from '../outcome-records.ts'
import { Records } from '../records.ts'
import { METRICS } from './catalogue.ts'
import { type Measured, measure } from './measure.ts'

const DAY = 86_400_000
const START = Date.UTC(2024, 0, 1)

function tradeOf(netProfit: number, changes: Partial<Trade> = {}): Trade {
  return {
    market: 0,
    side: 'long',
    signalTime: START,
    entryTime: START,
    entryPrice: 100,
    quantity: 10,
    exitTime: START + DAY,
    exitPrice: 100 + netProfit / 10,
    exitReason: 'exit_rule',
    grossProfit: netProfit,
    fees: 0,
    funding: 0,
    netProfit,
    bars: 1,
    maxFavourable: 0,
    maxAdverse: 0,
    sizeClipped: false,
    acrossGap: false,
    ...changes,
  }
}

function fillOf(price: number, quantity: number): Fill {
  return {
    market: 0,
    trade: 0,
    kind: 'entry',
    side: 'long',
    time: START,
    price,
    quantity,
    fee: 0,
    liquidity: 'taker',
    reason: 'entry_rule',
    atOpen: true,
  }
}

type Given = Partial<Omit<Measured, 'trades' | 'openTrades' | 'fills'>> & {
  trades?: Trade[]
  openTrades?: Trade[]
  fills?: Fill[]
}

/** A run with a bar a day. */
function daily(
  equity: number[],
  { trades = [], openTrades = [], fills = [], ...more }: Given = {},
): Measured {
  return {
    curve: {
      timestamp: Float64Array.from(equity, (_, day) => START + day * DAY),
      equity: Float64Array.from(equity),
      initialCapital: 1_000,
    },
    end: START + equity.length * DAY,
    periodsPerYear: 365,
    trades: new Records(TRADE_FIELDS, trades),
    openTrades: new Records(TRADE_FIELDS, openTrades),
    fills: new Records(FILL_FIELDS, fills),
    buyAndHold: 0.5,
    ...more,
  }
}

function assertClose(actual: number | null | undefined, expected: number, what = '') {
  assert.ok(
    typeof actual === 'number' && Math.abs(actual - expected) <= 1e-12 * Math.max(1, Math.abs(expected)),
    `${what} ${actual}, expected ${expected}`,
  )
}

describe('the equity curve', () => {
  it('has a profit, a return, and that of buying and holding beside it', () => {
    const metrics = measure(daily([1_100, 1_250]))
    assert.deepEqual(
      [metrics.net_profit, metrics.total_return, metrics.buy_and_hold_return],
      [250, 0.25, 0.5],
    )
  })

  it('has drawdowns from its highest so far, the initial capital first', () => {
    const metrics = measure(daily([900, 1_200, 900, 1_140, 1_300, 1_299]))
    assertClose(metrics.max_drawdown, 0.25)
    // From the peak on the second day to the last close below it, two days later.
    assert.equal(metrics.max_drawdown_duration, 2 * DAY)
    assertClose(metrics.ulcer_index, Math.sqrt((0.1 ** 2 + 0.25 ** 2 + 0.05 ** 2 + (1 / 1_300) ** 2) / 6))
    assertClose(metrics.recovery_factor, 299 / 300)
  })

  it('takes the last close of a UTC day for the day', () => {
    const hours = Float64Array.from({ length: 24 * 31 }, (_, hour) => START + (hour * DAY) / 24)
    const equity = hours.map((_, hour) => 1_000 + hour)
    const metrics = measure({
      ...daily([]),
      curve: { timestamp: hours, equity, initialCapital: 1_000 },
      end: START + 31 * DAY,
    })
    const ends = Array.from({ length: 31 }, (_, day) => 1_000 + 24 * day + 23)
    const returns = ends.map((value, day) => value / (ends[day - 1] ?? 1_000) - 1)
    assertClose(metrics.annual_return, (returns.reduce((sum, value) => sum + value) / 31) * 365)
  })
})

describe('daily returns', () => {
  /** 1 %, −0.5 %, 2 %, −1.5 %, 0 % and so on. */
  const RETURNS = Array.from({ length: 40 }, (_, day) => [0.01, -0.005, 0.02, -0.015, 0][day % 5] as number)
  const EQUITY: number[] = []
  for (const value of RETURNS) EQUITY.push((EQUITY.at(-1) ?? 1_000) * (1 + value))
  const metrics = measure(daily(EQUITY, { periodsPerYear: 252 }))
  const mean = 0.002
  const deviation = Math.sqrt(RETURNS.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 39)
  const near = (name: string, expected: number) => {
    const actual = metrics[name] as number
    assert.ok(Math.abs(actual - expected) < 1e-9, `${name}: ${actual}, expected ${expected}`)
  }

  it('make the annual return, volatility, Sharpe and Sortino ratio', () => {
    near('annual_return', mean * 252)
    near('volatility', deviation * Math.sqrt(252))
    near('sharpe', (mean / deviation) * Math.sqrt(252))
    near('sortino', (mean / Math.sqrt((0.005 ** 2 + 0.015 ** 2) / 5)) * Math.sqrt(252))
  })

  it('make CAGR by elapsed time, and Calmar', () => {
    const growth = (EQUITY.at(-1) as number) / 1_000
    const cagr = growth ** (365 / 40) - 1
    near('cagr', cagr)
    near('calmar', cagr / (metrics.max_drawdown as number))
  })

  it('make value at risk and expected shortfall from quantiles of type 7', () => {
    // Eight of each: 5 % of 39 steps is 1.95, still among the worst.
    near('var_95', 0.015)
    near('cvar_95', 0.015)
    near('var_99', 0.015)
    near('cvar_99', 0.015)
    near('tail_ratio', 0.02 / 0.015)
    near('omega', 0.03 / 0.02)
  })

  it('are too few below thirty', () => {
    const few = measure(daily(EQUITY.slice(0, 29)))
    for (const { name, needs } of METRICS) if (needs === 'days') assert.equal(few[name], null, name)
    assert.notEqual(measure(daily(EQUITY.slice(0, 30))).sharpe, null)
  })

  it('have no ratio where the denominator is 0', () => {
    const still = measure(daily(Array(40).fill(1_000)))
    assert.deepEqual(
      [still.sharpe, still.sortino, still.calmar, still.omega, still.recovery_factor],
      Array(5).fill(null),
    )
    assert.equal(still.volatility, 0)
  })

  it('interpolate a quantile that lies between two of them', () => {
    const values = Array.from({ length: 31 }, (_, day) => day / 1_000)
    const equity: number[] = []
    for (const value of values) equity.push((equity.at(-1) ?? 1_000) * (1 - value))
    const metrics = measure(daily(equity))
    // The worst are −0.030 and −0.029; 5 % of 30 steps is 1.5: halfway between −0.029 and −0.028.
    const actual = metrics.var_95 as number
    assert.ok(Math.abs(actual - 0.0285) < 1e-12, `${actual}`)
    assert.ok(Math.abs((metrics.cvar_95 as number) - 0.0295) < 1e-12)
  })
})

describe('trades', () => {
  const TRADES = [30, 20, -10, -5, -15, 40].map((profit, at) =>
    tradeOf(profit, {
      fees: 1,
      funding: 0.5,
      entryTime: START + at * DAY,
      exitTime: START + at * DAY + (at === 2 ? 3 * DAY : DAY),
    }),
  )
  const metrics = measure(daily([1_060], { trades: TRADES, fills: [fillOf(100, 10), fillOf(50, 4)] }))

  it('are counted, won and lost in money after all costs', () => {
    assert.equal(metrics.trades, 6)
    assertClose(metrics.win_rate, 0.5)
    assertClose(metrics.profit_factor, 90 / 30)
    assertClose(metrics.payoff_ratio, 30 / 10)
    assertClose(metrics.expectancy, 10)
    assertClose(metrics.average_trade_return, 0.01)
    assert.deepEqual([metrics.best_trade, metrics.worst_trade], [40, -15])
    assert.deepEqual([metrics.longest_winning_streak, metrics.longest_losing_streak], [2, 3])
    assert.deepEqual([metrics.fees, metrics.funding], [6, 3])
  })

  it('make SQN and the Kelly fraction of net profits', () => {
    const deviation = Math.sqrt([20, 10, -20, -15, -25, 30].reduce((sum, off) => sum + off ** 2, 0) / 5)
    assertClose(metrics.sqn, (Math.sqrt(6) * 10) / deviation)
    assertClose(metrics.kelly, 0.5 - 0.5 / 3)
  })

  it('last from the open of the entry bar to that of the exit bar', () => {
    assertClose(metrics.average_trade_duration, (8 * DAY) / 6)
    assert.equal(metrics.longest_trade_duration, 3 * DAY)
  })

  it('turn over what was traded against the mean equity', () => {
    assertClose(metrics.turnover, 1_200 / 1_060)
  })

  it('are exposed at the closes with an open position, counted once where they overlap', () => {
    const equity = Array(10).fill(1_000)
    const at = (from: number, to: number) =>
      tradeOf(1, { entryTime: START + from * DAY, exitTime: START + to * DAY })
    const open = tradeOf(0, { entryTime: START + 9 * DAY })
    const { exposure } = measure(
      daily(equity, { trades: [at(4, 6), at(1, 3), at(2, 5)], openTrades: [open] }),
    )
    assertClose(exposure, 0.6)
  })

  it('have no statistics where there are fewer than two, nor a ratio without a loss', () => {
    const one = measure(daily([1_010], { trades: [tradeOf(10)] }))
    assert.deepEqual([one.trades, one.win_rate, one.expectancy], [1, null, null])
    const won = measure(daily([1_030], { trades: [tradeOf(10), tradeOf(20)] }))
    assert.deepEqual([won.win_rate, won.profit_factor, won.payoff_ratio], [1, null, null])
  })
})

describe('a run without bars', () => {
  it('has a value where there is one, and none elsewhere', () => {
    const metrics = measure(daily([]))
    assert.deepEqual(
      [metrics.net_profit, metrics.trades, metrics.exposure, metrics.sharpe],
      [0, 0, null, null],
    )
  })
})
