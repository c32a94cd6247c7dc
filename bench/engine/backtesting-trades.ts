import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { computeRun } from '../../src/backtests/compute-run.ts'
import { tradesOf } from '../../src/backtests/outcome-tables.ts'
import type { Metrics } from '../../src/engine/metrics/measure.ts'
import type { Trade } from '../../src/engine/outcome.ts'
import { CANDLE_COLUMNS, type Candles } from '../../src/market-data/candles.ts'
import { BENCH_FOLDER } from '../lab/folder.ts'
import { Unavailable } from '../lab/install.ts'
import { factRow, type Row, unmeasuredRow } from '../lab/rows.ts'
import type { EngineLaboratory } from './laboratory.ts'
import { pythonProgram } from './python-peers.ts'
import { runInput } from './strategy.ts'
import { theirStatistics } from './their-statistics.ts'

const OPERATION = 'SMA 10/30 both ways, daily'
const RIVAL = 'backtesting.py'
const DAY_MS = 86_400_000

/** Its cross is strict on both bars, ours would let the averages touch on the first. */
const SMA_CROSS = {
  name: 'SMA cross',
  timeframe: '1d',
  series: { fast: 'sma(close, 10)', slow: 'sma(close, 30)' },
  long: {
    entry: 'fast > slow and fast[1] < slow[1]',
    exit: 'slow > fast and slow[1] < fast[1]',
    order: { type: 'market' },
  },
  short: {
    entry: 'slow > fast and slow[1] < fast[1]',
    exit: 'fast > slow and fast[1] < slow[1]',
    order: { type: 'market' },
  },
  sizing: { type: 'percent_of_equity', value: 100 },
}

type Pair = { theirs: string; ours: string; factor: number }

/** What both define alike, with what ours is multiplied by to be in its unit. */
const ALIKE: Pair[] = [
  { theirs: 'Return [%]', ours: 'total_return', factor: 100 },
  { theirs: 'Max. Drawdown [%]', ours: 'max_drawdown', factor: -100 },
  { theirs: 'Max. Drawdown Duration', ours: 'max_drawdown_duration', factor: 1 / DAY_MS },
  { theirs: '# Trades', ours: 'trades', factor: 1 },
  { theirs: 'Win Rate [%]', ours: 'win_rate', factor: 100 },
  { theirs: 'Max. Trade Duration', ours: 'longest_trade_duration', factor: 1 / DAY_MS },
  { theirs: 'Expectancy [%]', ours: 'average_trade_return', factor: 100 },
  { theirs: 'SQN', ours: 'sqn', factor: 1 },
  { theirs: 'Kelly Criterion', ours: 'kelly', factor: 1 },
]

/** What both have by definitions of their own. */
const OTHERWISE: Pair[] = [
  { theirs: 'Exposure Time [%]', ours: 'exposure', factor: 100 },
  { theirs: 'Buy & Hold Return [%]', ours: 'buy_and_hold_return', factor: 100 },
  { theirs: 'Return (Ann.) [%]', ours: 'annual_return', factor: 100 },
  { theirs: 'Volatility (Ann.) [%]', ours: 'volatility', factor: 100 },
  { theirs: 'CAGR [%]', ours: 'cagr', factor: 100 },
  { theirs: 'Sharpe Ratio', ours: 'sharpe', factor: 1 },
  { theirs: 'Sortino Ratio', ours: 'sortino', factor: 1 },
  { theirs: 'Calmar Ratio', ours: 'calmar', factor: 1 },
  { theirs: 'Profit Factor', ours: 'profit_factor', factor: 1 },
  { theirs: 'Avg. Trade Duration', ours: 'average_trade_duration', factor: 1 / DAY_MS },
]

/** What ours does not have, or in money alone. */
const THEIRS_ALONE = [
  'Equity Final [$]',
  'Equity Peak [$]',
  'Best Trade [%]',
  'Worst Trade [%]',
  'Avg. Trade [%]',
  'Avg. Drawdown [%]',
  'Avg. Drawdown Duration',
  'Alpha [%]',
  'Beta',
]

const CAPITAL = 10_000
/** The slower average has its first value there. */
const WARM_UP = 29

type TheirTrade = {
  entry: number
  exit: number
  size: number
  entryPrice: number
  exitPrice: number
  pnl: number
}
type Theirs = { candles: Candles; trades: TheirTrade[]; stats: Record<string, number> }

async function readTable(path: string): Promise<number[][]> {
  const [, ...lines] = (await readFile(path, 'utf8')).trim().split('\n')
  return lines.map((line) => line.split(',').map(Number))
}

async function askTheirs(): Promise<Theirs> {
  const folder = join(BENCH_FOLDER, 'engine')
  await mkdir(folder, { recursive: true })
  const { command, args, cwd } = await pythonProgram(RIVAL, 'backtesting_goog.py', [folder])
  await promisify(execFile)(command, args, { cwd })
  const prices = await readTable(join(folder, 'prices.csv'))
  const columns = CANDLE_COLUMNS.map((name, index) => [
    name,
    Float64Array.from(prices, (row) => row[index] ?? Number.NaN),
  ])
  return {
    candles: Object.fromEntries(columns),
    trades: (await readTable(join(folder, 'trades.csv'))).map(
      ([entry = 0, exit = 0, size = 0, entryPrice = 0, exitPrice = 0, pnl = 0]) => ({
        entry,
        exit,
        size,
        entryPrice,
        exitPrice,
        pnl,
      }),
    ),
    stats: JSON.parse(await readFile(join(folder, 'stats.json'), 'utf8')),
  }
}

function runOurs(candles: Candles) {
  const input = runInput(SMA_CROSS, candles)
  const [market] = input.markets
  if (market === undefined) throw new Error('there is no market')
  const instrument = {
    ...market.instrument,
    kind: 'linear' as const,
    quantityStep: 1,
    makerFee: 0,
    takerFee: 0,
  }
  return computeRun({
    ...input,
    markets: [{ ...market, instrument }],
    settings: { ...input.settings, initialCapital: CAPITAL, closeAtEnd: 'open' },
    measure: { ...input.measure, periodsPerYear: 252 },
  })
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b))
}

function isEqual(ours: Trade | undefined, theirs: TheirTrade): boolean {
  if (ours === undefined) return false
  const size = ours.side === 'long' ? ours.quantity : -ours.quantity
  return (
    ours.entryTime === theirs.entry &&
    ours.exitTime === theirs.exit &&
    size === theirs.size &&
    isNear(ours.entryPrice, theirs.entryPrice) &&
    isNear(ours.exitPrice, theirs.exitPrice) &&
    isNear(ours.netProfit, theirs.pnl)
  )
}

type Figures = { metrics: Metrics; stats: Record<string, number>; again: Record<string, number> }

function shown(value: number | null | undefined): string {
  return (value ?? Number.NaN).toFixed(6)
}

function statisticRow(
  name: string,
  ours: string,
  theirs: number | undefined,
  same: number,
  goal: string,
): Row {
  const row = factRow(`${OPERATION}: ${name}`, ours, RIVAL, [shown(theirs)])
  return { ...row, goal, holds: isNear(same, theirs ?? Number.NaN) ? 'yes' : 'no' }
}

function statisticRows({ metrics, stats, again }: Figures): Row[] {
  const oursOf = ({ ours, factor }: Pair) => (metrics[ours] ?? Number.NaN) * factor
  const byTheirs = (name: string) => again[name] ?? Number.NaN
  const goal = 'equal by its definition'
  return [
    ...ALIKE.map((pair) => {
      const value = oursOf(pair)
      return statisticRow(
        `${pair.theirs}, \`${pair.ours}\``,
        shown(value),
        stats[pair.theirs],
        value,
        'equal',
      )
    }),
    ...OTHERWISE.map((pair) => {
      const name = `${pair.theirs}, \`${pair.ours}\``
      const ours = `${shown(oursOf(pair))}; by its definition ${shown(again[pair.theirs])}`
      return statisticRow(name, ours, stats[pair.theirs], byTheirs(pair.theirs), goal)
    }),
    ...THEIRS_ALONE.map((name) =>
      statisticRow(name, `by its definition ${shown(again[name])}`, stats[name], byTheirs(name), goal),
    ),
  ]
}

/** Both on backtesting.py's own sample data: every trade compared, and the statistics beside each other. */
export async function backtestingTrades(lab: EngineLaboratory): Promise<Row[]> {
  try {
    const { candles, trades, stats } = await askTheirs()
    const output = runOurs(candles)
    const ours = tradesOf(output.trades)
    const equal = trades.filter((trade, index) => isEqual(ours[index], trade)).length
    const isSame = equal === trades.length && ours.length === trades.length
    const again = theirStatistics(output, candles, CAPITAL, WARM_UP)
    return [
      {
        ...factRow(OPERATION, `${ours.length} trades`, RIVAL, [
          `${trades.length} trades`,
          `${equal} the same`,
        ]),
        goal: 'all the same',
        holds: isSame ? 'yes' : 'no',
      },
      ...statisticRows({ metrics: output.metrics, stats, again }),
    ]
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    lab.note(error.message)
    return [unmeasuredRow(OPERATION, RIVAL, error.message, 'skipped')]
  }
}
