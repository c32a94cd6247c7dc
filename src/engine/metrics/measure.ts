import type { Fill, Trade } from '../outcome.ts'
import type { Records } from '../records.ts'
import { type Facts, METRICS } from './catalogue.ts'
import {
  closesInPosition,
  dailyEquity,
  drawdownsOf,
  type EquityCurve,
  returnsOf,
  type Spans,
} from './curve.ts'
import { deviation, downsideDeviation, mean } from './statistics.ts'
import { tradeStatistics } from './trades.ts'

const YEAR = 365 * 86_400_000
const FEWEST_DAYS = 30
const FEWEST_TRADES = 2

/** What a run, or a part of it, came to. */
export type Measured = {
  curve: EquityCurve
  /** End of the last bar, UTC in ms. */
  end: number
  periodsPerYear: number
  trades: Records<Trade>
  /** Positions that are open at the end: they count for the exposure alone. */
  openTrades: Records<Trade>
  fills: Records<Fill>
  /** As a fraction; NaN where nothing could be bought. */
  buyAndHold: number
}

/** Value of each metric by its name, null where it has none. */
export type Metrics = Record<string, number | null>

export function measure(measured: Measured): Metrics {
  const facts = factsOf(measured)
  const enough = {
    days: facts.returns.length >= FEWEST_DAYS,
    trades: facts.trades.count >= FEWEST_TRADES,
  }
  const metrics: Metrics = {}
  for (const { name, needs, value } of METRICS) {
    const known = needs === null || enough[needs] ? value(facts) : Number.NaN
    metrics[name] = Number.isFinite(known) ? known : null
  }
  return metrics
}

function factsOf({ curve, end, periodsPerYear, trades, openTrades, fills, buyAndHold }: Measured): Facts {
  const { timestamp, equity, initialCapital } = curve
  const returns = returnsOf(dailyEquity(curve).equity, initialCapital)
  const closes = timestamp.length
  return {
    curve,
    final: equity[closes - 1] ?? initialCapital,
    years: (end - (timestamp[0] ?? end)) / YEAR,
    returns,
    sortedReturns: Float64Array.from(returns).sort(),
    meanReturn: mean(returns),
    deviation: deviation(returns),
    downside: downsideDeviation(returns),
    yearRoot: Math.sqrt(periodsPerYear),
    periodsPerYear,
    drawdowns: drawdownsOf(curve),
    trades: tradeStatistics(trades),
    traded: tradedOf(fills),
    meanEquity: mean(equity),
    exposure: closesInPosition(timestamp, spansOf(trades, openTrades)) / closes,
    buyAndHold,
  }
}

/** Σ price × quantity. */
function tradedOf(fills: Records<Fill>): number {
  const [prices, quantities] = [fills.column('price'), fills.column('quantity')]
  let sum = 0
  for (let at = 0; at < prices.length; at++) sum += (prices[at] as number) * (quantities[at] as number)
  return sum
}

/** When positions were open; those that still are have no end. */
function spansOf(trades: Records<Trade>, openTrades: Records<Trade>): Spans {
  const count = trades.length + openTrades.length
  const from = new Float64Array(count)
  const to = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  from.set(trades.column('entryTime'))
  from.set(openTrades.column('entryTime'), trades.length)
  to.set(trades.column('exitTime'))
  return { from, to }
}
