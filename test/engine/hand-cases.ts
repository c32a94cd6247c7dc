import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { InstrumentRules, Market } from '../../src/engine/market.ts'
import type { RunSettings } from '../../src/engine/settings.ts'
import type { Candles } from '../../src/market-data/candles.ts'
import type { SideSignals } from '../../src/strategies/signals.ts'
import { referenceSimulate } from './reference-simulator.ts'
import { type PlainOutcome, simulateRows } from './rows.ts'

/*
 * Tiny tables of candles with fills that were worked out by hand from docs/FILLS.md. A bar is "open high low close";
 * an empty text is a missing bar. Signals are texts with a sign for each bar: 1 is true.
 */

const HOUR = 3_600_000
export const START = Date.UTC(2024, 0, 1)

export type SideCase = Partial<Omit<SideSignals, 'entry' | 'exit'>> & {
  entry: string
  exit?: string | SideSignals['exit']
}

export type MarketCase = {
  bars: readonly string[]
  long?: SideCase
  short?: SideCase
  rank?: readonly number[]
  instrument?: Partial<InstrumentRules>
  finer?: { minutes: number; bars: readonly string[] }
  funding?: Market['funding']
}

export type Case = MarketCase & {
  /** Further instruments. */
  others?: readonly MarketCase[]
  settings?: Partial<Omit<RunSettings, 'limits'>>
  limits?: Partial<RunSettings['limits']>
  /** Each as "bar instrument? kind price quantity reason liquidity?", see `describeFill`. */
  fills: readonly string[]
  /** Reasons with their counts. */
  refused?: PlainOutcome['refusalCounts']
  equity?: readonly number[]
  ambiguous?: number
  resolved?: number
  trades?: readonly Partial<PlainOutcome['trades'][number]>[]
  ruined?: boolean
}

function candlesOf(bars: readonly string[], step: number): Candles {
  const rows = bars.flatMap((bar, at) =>
    bar === '' ? [] : [[START + at * step, ...bar.split(' ').map(Number)]],
  )
  const column = (index: number) => Float64Array.from(rows, (row) => row[index] as number)
  return {
    timestamp: column(0),
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    volume: new Float64Array(rows.length).fill(1),
  }
}

function maskOf(text: string, bars: number): Uint8Array {
  return Uint8Array.from({ length: bars }, (_, at) => (text[at] === '1' ? 1 : 0))
}

function sideOf(side: SideCase | undefined, bars: number): SideSignals | null {
  if (side === undefined) return null
  const { entry, exit, ...rest } = side
  return {
    order: { type: 'market' },
    stopLoss: null,
    takeProfit: [],
    trailingStop: null,
    ...rest,
    entry: maskOf(entry, bars),
    exit: typeof exit === 'string' ? maskOf(exit, bars) : (exit ?? null),
  }
}

function marketOf(
  { bars, long, short, rank, instrument, finer, funding }: MarketCase,
  index: number,
): Market {
  const candles = candlesOf(bars, HOUR)
  const count = candles.timestamp.length
  return {
    instrument: {
      id: `${index}`,
      kind: short ? 'linear' : 'spot',
      priceTick: 0.01,
      quantityStep: 0.001,
      minimumNotional: 0,
      makerFee: 0,
      takerFee: 0,
      maintenanceMarginRate: 0,
      ...instrument,
    },
    timeframe: '1h',
    candles,
    finer: finer ? candlesOf(finer.bars, finer.minutes * 60_000) : null,
    funding: funding ?? null,
    signals: {
      ready: 0,
      long: sideOf(long, count),
      short: sideOf(short, count),
      rank: rank ? Float64Array.from(rank) : null,
    },
  }
}

function settingsOf({ settings, limits }: Case): RunSettings {
  return {
    from: START,
    to: START + 1_000 * HOUR,
    initialCapital: 1_000,
    slippage: { type: 'percent', value: 0 },
    leverage: 1,
    path: 'worst_case',
    limitFill: 'through',
    closeAtEnd: 'none',
    sizing: { type: 'fixed_quantity', value: 1 },
    ...settings,
    limits: {
      breakEvenAtPercent: null,
      maxBars: null,
      cooldownBars: 0,
      maxOpenPositions: null,
      dailyLossPercent: null,
      maxDrawdownPercent: null,
      ...limits,
    },
  }
}

/** "2 buy 100 1 taker", "3 sell 95 1 taker stop_loss"; with several instruments, "2 #1 buy …". */
function describeFill(fill: PlainOutcome['fills'][number], several: boolean): string {
  const bar = (fill.time - START) / HOUR
  const isBuy = (fill.side === 'long') === (fill.kind === 'entry')
  const reason = fill.kind === 'exit' ? ` ${fill.reason}` : ''
  return `${bar}${several ? ` #${fill.market}` : ''} ${isBuy ? 'buy' : 'sell'} ${fill.price} ${fill.quantity} ${fill.liquidity}${reason}`
}

/** One case for both engines. */
export function handCase(rule: string, given: Case): void {
  it(rule, () => {
    const markets = [given, ...(given.others ?? [])].map(marketOf)
    for (const run of [simulateRows, referenceSimulate]) {
      const outcome = run(markets, settingsOf(given))
      assert.deepEqual(
        outcome.fills.map((fill) => describeFill(fill, markets.length > 1)),
        given.fills,
      )
      if (given.refused) assert.deepEqual(outcome.refusalCounts, given.refused)
      if (given.equity) assert.deepEqual([...outcome.equity], given.equity)
      if (given.ambiguous !== undefined) assert.equal(outcome.ambiguousBars, given.ambiguous)
      if (given.resolved !== undefined) assert.equal(outcome.resolvedBars, given.resolved)
      if (given.ruined !== undefined) assert.equal(outcome.ruinedAt !== null, given.ruined)
      for (const [at, expected] of (given.trades ?? []).entries()) {
        for (const [name, value] of Object.entries(expected)) {
          const actual = outcome.trades[at]?.[name as keyof typeof expected]
          if (typeof value !== 'number') assert.equal(actual, value, name)
          else assert.ok(Math.abs((actual as number) - value) < 1e-9, `${name}: ${actual}, expected ${value}`)
        }
      }
    }
  })
}
