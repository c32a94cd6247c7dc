import { pow } from '../../numerics/pow.ts'
import type { Drawdowns, EquityCurve } from './curve.ts'
import { gainsAndLosses, meanUpTo, quantile } from './statistics.ts'
import type { TradeStatistics } from './trades.ts'

/** What metrics are computed from. Money is quote currency, returns are fractions. */
export type Facts = {
  curve: EquityCurve
  /** Equity at the end. */
  final: number
  /** From the open of the first bar to the end of the last, in years of 365 days. */
  years: number
  /** Of UTC-day-end equity, in order and sorted; their mean and deviations. */
  returns: Float64Array
  sortedReturns: Float64Array
  meanReturn: number
  deviation: number
  downside: number
  /** Square root of the periods a year. */
  yearRoot: number
  periodsPerYear: number
  drawdowns: Drawdowns
  trades: TradeStatistics
  /** Notional of all fills. */
  traded: number
  meanEquity: number
  /** Share of closes with an open position. */
  exposure: number
  buyAndHold: number
}

export type MetricUnit = 'fraction' | 'money' | 'ratio' | 'count' | 'milliseconds'

export type Metric = {
  name: string
  title: string
  unit: MetricUnit
  /** The formula, in words and symbols. */
  definition: string
  /** 30 daily returns, or 2 closed trades; below that it is null. */
  needs: 'days' | 'trades' | null
  value(facts: Facts): number
}

const growth = ({ final, curve }: Facts) => final / curve.initialCapital
const cagr = (facts: Facts) => pow(growth(facts), 1 / facts.years) - 1
const payoff = ({ trades }: Facts) => trades.gains / trades.wins / (trades.lost / trades.losses)
const winRate = ({ trades }: Facts) => trades.wins / trades.count
const profitOf = ({ final, curve }: Facts) => final - curve.initialCapital

function kelly(facts: Facts): number {
  return winRate(facts) - (1 - winRate(facts)) / payoff(facts)
}

function omega({ returns }: Facts): number {
  const { gains, losses } = gainsAndLosses(returns)
  return gains / losses
}

const valueAtRisk = (share: number) => (facts: Facts) => 0 - quantile(facts.sortedReturns, share)
const expectedShortfall = (share: number) => (facts: Facts) =>
  0 - meanUpTo(facts.returns, quantile(facts.sortedReturns, share))

/**
 * All metrics of a run, in the order in which they are shown. A value that is not finite (a denominator of 0) is null.
 */
export const METRICS: readonly Metric[] = [
  metric('net_profit', 'Net profit', 'money', 'final equity − initial capital', null, profitOf),
  metric(
    'total_return',
    'Total return',
    'fraction',
    'final equity ÷ initial capital − 1',
    null,
    (f) => growth(f) - 1,
  ),
  metric(
    'buy_and_hold_return',
    'Buy and hold',
    'fraction',
    'the same capital in equal parts bought at the first bar that can fill and held, with the same costs',
    null,
    (f) => f.buyAndHold,
  ),
  metric(
    'cagr',
    'CAGR',
    'fraction',
    '(final equity ÷ initial capital)^(1 ÷ years) − 1, by elapsed time',
    'days',
    cagr,
  ),
  metric(
    'annual_return',
    'Annual return',
    'fraction',
    'mean(r) · Y',
    'days',
    (f) => f.meanReturn * f.periodsPerYear,
  ),
  metric(
    'volatility',
    'Volatility',
    'fraction',
    'sd(r, ddof 1) · √Y',
    'days',
    (f) => f.deviation * f.yearRoot,
  ),
  metric(
    'sharpe',
    'Sharpe ratio',
    'ratio',
    'mean(r) ÷ sd(r, ddof 1) · √Y, no risk-free rate',
    'days',
    (f) => {
      return (f.meanReturn / f.deviation) * f.yearRoot
    },
  ),
  metric('sortino', 'Sortino ratio', 'ratio', 'mean(r) ÷ √mean(min(r, 0)²) · √Y', 'days', (f) => {
    return (f.meanReturn / f.downside) * f.yearRoot
  }),
  metric(
    'calmar',
    'Calmar ratio',
    'ratio',
    'CAGR ÷ max drawdown',
    'days',
    (f) => cagr(f) / f.drawdowns.deepest,
  ),
  metric(
    'max_drawdown',
    'Max drawdown',
    'fraction',
    'max((peak − equity) ÷ peak) over closes of bars, the initial capital as first peak',
    null,
    (f) => f.drawdowns.deepest,
  ),
  metric(
    'max_drawdown_duration',
    'Longest drawdown',
    'milliseconds',
    'longest time from a peak to the last close below it',
    null,
    (f) => f.drawdowns.longest,
  ),
  metric('ulcer_index', 'Ulcer index', 'fraction', '√mean(drawdown²) over closes of bars', null, (f) => {
    return f.drawdowns.ulcer
  }),
  metric(
    'recovery_factor',
    'Recovery factor',
    'ratio',
    'net profit ÷ deepest drawdown in money',
    null,
    (f) => {
      return profitOf(f) / f.drawdowns.deepestMoney
    },
  ),
  metric(
    'var_95',
    'Value at risk, 95 %',
    'fraction',
    '−quantile(r, 0.05), type 7',
    'days',
    valueAtRisk(0.05),
  ),
  metric(
    'var_99',
    'Value at risk, 99 %',
    'fraction',
    '−quantile(r, 0.01), type 7',
    'days',
    valueAtRisk(0.01),
  ),
  metric(
    'cvar_95',
    'Expected shortfall, 95 %',
    'fraction',
    '−mean(r ≤ quantile(r, 0.05))',
    'days',
    expectedShortfall(0.05),
  ),
  metric(
    'cvar_99',
    'Expected shortfall, 99 %',
    'fraction',
    '−mean(r ≤ quantile(r, 0.01))',
    'days',
    expectedShortfall(0.01),
  ),
  metric(
    'tail_ratio',
    'Tail ratio',
    'ratio',
    '|quantile(r, 0.95)| ÷ |quantile(r, 0.05)|',
    'days',
    ({ sortedReturns }) => Math.abs(quantile(sortedReturns, 0.95)) / Math.abs(quantile(sortedReturns, 0.05)),
  ),
  metric('omega', 'Omega ratio', 'ratio', 'Σ max(r, 0) ÷ Σ max(−r, 0)', 'days', omega),
  metric('trades', 'Closed trades', 'count', 'positions that were closed', null, (f) => f.trades.count),
  metric('win_rate', 'Win rate', 'fraction', 'trades with net profit > 0 ÷ trades', 'trades', winRate),
  metric(
    'profit_factor',
    'Profit factor',
    'ratio',
    'Σ net profits > 0 ÷ |Σ net profits ≤ 0|',
    'trades',
    (f) => {
      return f.trades.gains / f.trades.lost
    },
  ),
  metric('payoff_ratio', 'Payoff ratio', 'ratio', 'average win ÷ |average loss|', 'trades', payoff),
  metric('expectancy', 'Expectancy', 'money', 'mean net profit of a trade', 'trades', (f) => f.trades.mean),
  metric(
    'average_trade_return',
    'Average trade',
    'fraction',
    'mean(net profit ÷ notional at the entry)',
    'trades',
    (f) => f.trades.meanReturn,
  ),
  metric('best_trade', 'Best trade', 'money', 'highest net profit', 'trades', (f) => f.trades.best),
  metric('worst_trade', 'Worst trade', 'money', 'lowest net profit', 'trades', (f) => f.trades.worst),
  metric('longest_winning_streak', 'Longest winning streak', 'count', 'most wins in a row', 'trades', (f) => {
    return f.trades.longestWins
  }),
  metric(
    'longest_losing_streak',
    'Longest losing streak',
    'count',
    'most trades in a row without a win',
    'trades',
    (f) => {
      return f.trades.longestLosses
    },
  ),
  metric(
    'average_trade_duration',
    'Average duration',
    'milliseconds',
    "mean time from the open of the entry's bar to that of the last exit's bar",
    'trades',
    (f) => f.trades.meanDuration,
  ),
  metric(
    'longest_trade_duration',
    'Longest duration',
    'milliseconds',
    'the longest of them',
    'trades',
    (f) => {
      return f.trades.longestDuration
    },
  ),
  metric(
    'sqn',
    'SQN',
    'ratio',
    '√trades · mean(net profit) ÷ sd(net profit, ddof 1)',
    'trades',
    ({ trades }) => {
      return (Math.sqrt(trades.count) * trades.mean) / trades.deviation
    },
  ),
  metric('kelly', 'Kelly fraction', 'fraction', 'win rate − (1 − win rate) ÷ payoff ratio', 'trades', kelly),
  metric(
    'exposure',
    'Exposure',
    'fraction',
    'closes with an open position ÷ closes',
    null,
    (f) => f.exposure,
  ),
  metric(
    'turnover',
    'Turnover',
    'ratio',
    'notional of all fills ÷ mean equity',
    null,
    (f) => f.traded / f.meanEquity,
  ),
  metric('fees', 'Fees', 'money', 'Σ fees of closed trades', null, (f) => f.trades.fees),
  metric(
    'funding',
    'Funding',
    'money',
    'Σ funding of closed trades, positive when paid',
    null,
    (f) => f.trades.funding,
  ),
]

function metric(
  name: string,
  title: string,
  unit: MetricUnit,
  definition: string,
  needs: Metric['needs'],
  value: Metric['value'],
): Metric {
  return { name, title, unit, definition, needs, value }
}
