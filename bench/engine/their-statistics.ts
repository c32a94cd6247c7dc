import { tradesOf } from '../../src/backtests/outcome-tables.ts'
import type { RunOutput } from '../../src/backtests/run-output.ts'
import type { Candles } from '../../src/market-data/candles.ts'

/*
 * The statistics of backtesting.py by its own definitions, from a run of ours on daily bars: where the figures of both
 * differ, this shows that the definitions differ and nothing else.
 */

const DAY_MS = 86_400_000
const DAYS_A_YEAR = 252

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
const mean = (values: number[]) => sum(values) / values.length
/** With one degree of freedom less, as pandas does. */
const covariance = (a: number[], b: number[]) => {
  const [meanA, meanB] = [mean(a), mean(b)]
  return sum(a.map((value, at) => (value - meanA) * ((b[at] ?? Number.NaN) - meanB))) / (a.length - 1)
}
const geometricMean = (returns: number[]) => Math.exp(mean(returns.map((value) => Math.log(1 + value)))) - 1
const growths = (values: number[]) => values.slice(1).map((value, at) => value / (values[at] ?? Number.NaN))

/** From each highest value to the next, where there is something between them. */
function drawdownsOf(equity: number[], times: number[]): { depth: number; days: number }[] {
  let peak = Number.NEGATIVE_INFINITY
  const depths = equity.map((value) => {
    peak = Math.max(peak, value)
    return 1 - value / peak
  })
  const highs = depths.flatMap((depth, at) => (depth === 0 || at === depths.length - 1 ? [at] : []))
  return highs.flatMap((at, index) => {
    const before = highs[index - 1] ?? at
    if (at <= before + 1) return []
    const days = ((times[at] ?? Number.NaN) - (times[before] ?? Number.NaN)) / DAY_MS
    return [{ depth: Math.max(...depths.slice(before, at + 1)), days }]
  })
}

function ofEquity(equity: number[], times: number[], close: number[]) {
  const [first = Number.NaN, last = Number.NaN] = [equity[0], equity.at(-1)]
  const returns = growths(equity).map((growth) => growth - 1)
  const daily = 1 + geometricMean(returns)
  const annual = daily ** DAYS_A_YEAR - 1
  const spread = covariance(returns, returns) + daily ** 2
  const volatility = Math.sqrt(spread ** DAYS_A_YEAR - daily ** (2 * DAYS_A_YEAR))
  const downside = Math.sqrt(mean(returns.map((value) => Math.min(value, 0) ** 2)))
  const years = ((times.at(-1) ?? Number.NaN) - (times[0] ?? Number.NaN)) / DAY_MS / 365.25
  const drawdowns = drawdownsOf(equity, times)
  const deepest = Math.max(...drawdowns.map(({ depth }) => depth))
  const [logs, market] = [equity, close].map((values) => growths(values).map(Math.log))
  return {
    'Equity Final [$]': last,
    'Equity Peak [$]': Math.max(...equity),
    'Return (Ann.) [%]': annual * 100,
    'Volatility (Ann.) [%]': volatility * 100,
    'CAGR [%]': ((last / first) ** (1 / years) - 1) * 100,
    'Sharpe Ratio': annual / volatility,
    'Sortino Ratio': annual / (downside * Math.sqrt(DAYS_A_YEAR)),
    'Calmar Ratio': annual / deepest,
    Beta: covariance(logs ?? [], market ?? []) / covariance(market ?? [], market ?? []),
    'Avg. Drawdown [%]': -mean(drawdowns.map(({ depth }) => depth)) * 100,
    'Avg. Drawdown Duration': Math.ceil(mean(drawdowns.map(({ days }) => days))),
  }
}

function ofTrades(output: RunOutput, times: number[]) {
  const trades = tradesOf(output.trades)
  const returns = trades.map(({ side, entryPrice, exitPrice }) =>
    side === 'long' ? exitPrice / entryPrice - 1 : 1 - exitPrice / entryPrice,
  )
  const isHeld = (time: number) =>
    trades.some(({ entryTime, exitTime }) => entryTime <= time && time <= exitTime)
  const won = returns.filter((value) => value > 0)
  const lost = returns.filter((value) => value < 0)
  const days = trades.map(({ entryTime, exitTime }) => (exitTime - entryTime) / DAY_MS)
  return {
    'Exposure Time [%]': mean(times.map((time) => Number(isHeld(time)))) * 100,
    'Best Trade [%]': Math.max(...returns) * 100,
    'Worst Trade [%]': Math.min(...returns) * 100,
    'Avg. Trade [%]': geometricMean(returns) * 100,
    'Profit Factor': sum(won) / -sum(lost),
    'Avg. Trade Duration': Math.ceil(mean(days)),
  }
}

/** @param warmUp bars before every indicator has a value */
export function theirStatistics(
  output: RunOutput,
  candles: Candles,
  initialCapital: number,
  warmUp: number,
): Record<string, number> {
  const equity = [...output.daily.equity]
  const [times, close] = [[...candles.timestamp], [...candles.close]]
  const held = (close.at(-1) ?? Number.NaN) / (close[warmUp] ?? Number.NaN) - 1
  const figures = ofEquity(equity, times, close)
  return {
    ...figures,
    ...ofTrades(output, times),
    'Buy & Hold Return [%]': held * 100,
    'Alpha [%]': (figures['Equity Final [$]'] / initialCapital - 1 - figures.Beta * held) * 100,
  }
}
