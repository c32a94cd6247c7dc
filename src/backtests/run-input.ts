import type { Market } from '../engine/market.ts'
import type { RunSettings } from '../engine/settings.ts'
import type { Timeframe } from '../market-data/timeframe.ts'
import type { Plan } from '../strategies/language/plan.ts'

/** What a missing bar leads to: the longest gap that is let pass, in bars. */
export type MaxGap = { bars: number; action: 'fail' | 'warn' }

/** A run's settings, beyond what the simulation reads. */
export type MeasureSettings = {
  periodsPerYear: number
  /** Start of the part that the strategy was not fitted to, UTC in ms. */
  fromOutOfSample: number | null
  maxGap: MaxGap | null
}

/** An instrument with its history, before the strategy has said anything about it. */
export type RunMarket = Pick<Market, 'instrument' | 'candles' | 'finer' | 'funding'>

/** All that a run depends on: equal inputs give equal outputs, to the bit. */
export type RunInput = {
  plan: Plan
  timeframe: Timeframe
  markets: readonly RunMarket[]
  settings: RunSettings
  measure: MeasureSettings
}
