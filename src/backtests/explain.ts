import type { RunControl } from '../engine/control.ts'
import type { Trade } from '../engine/outcome.ts'
import { simulate } from '../engine/simulate.ts'
import { firstBarFrom } from '../market-data/candles.ts'
import { periodEnd, periodStart } from '../market-data/timeframe.ts'
import { type ExplainedRule, explainRules } from '../strategies/language/explain-rule.ts'
import type { PositionValues } from '../strategies/signals.ts'
import { marketOf } from './compute-run.ts'
import type { RunInput } from './run-input.ts'

/** What an instrument's rules said at a bar's close, what was open then, and what came of it. */
export type ExplainedBar = {
  instrument: string
  /** Open of the bar, UTC in ms; null where the instrument has none at that time. */
  time: number | null
  candle: { open: number; high: number; low: number; close: number; volume: number } | null
  rules: ExplainedRule[]
  position: (PositionValues & { side: 'long' | 'short'; quantity: number; entryTime: number }) | null
}

function positionOf({ entryPrice, ...trade }: Trade, close: number): NonNullable<ExplainedBar['position']> {
  const direction = trade.side === 'long' ? 1 : -1
  const best = entryPrice * (1 + direction * trade.maxFavourable)
  const worst = entryPrice * (1 + direction * trade.maxAdverse)
  return {
    side: trade.side,
    quantity: trade.quantity,
    entryTime: trade.entryTime,
    entryPrice,
    barsInPosition: trade.bars,
    positionReturn: (direction * (close - entryPrice)) / entryPrice,
    highestSinceEntry: Math.max(best, worst),
    lowestSinceEntry: Math.min(best, worst),
  }
}

/** The bars of a run that hold `at` (UTC in ms). The run is simulated again up to their close. */
export function explainAt(input: RunInput, at: number, control: RunControl | null = null): ExplainedBar[] {
  const { plan, timeframe, settings } = input
  const start = periodStart(at, timeframe)
  const until = { ...settings, to: periodEnd(start, timeframe), closeAtEnd: 'none' as const }
  const { openTrades } = simulate(
    input.markets.map((market) => marketOf(input, market, undefined, control)),
    until,
    control,
  )
  const open = openTrades.toRows()
  return input.markets.map(({ instrument, candles }, index) => {
    const bar = firstBarFrom(candles, start)
    if (candles.timestamp[bar] !== start) {
      return { instrument: instrument.id, time: null, candle: null, rules: [], position: null }
    }
    const value = (column: 'open' | 'high' | 'low' | 'close' | 'volume') => candles[column][bar] as number
    const trade = open.find(({ market }) => market === index)
    const position = trade ? positionOf(trade, value('close')) : null
    return {
      instrument: instrument.id,
      time: start,
      candle: {
        open: value('open'),
        high: value('high'),
        low: value('low'),
        close: value('close'),
        volume: value('volume'),
      },
      rules: explainRules(plan, candles, bar, position ?? undefined),
      position,
    }
  })
}
