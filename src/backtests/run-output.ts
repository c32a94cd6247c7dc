import type { Metrics } from '../engine/metrics/measure.ts'
import type { RefusalReason } from '../engine/outcome.ts'
import type { Columns } from '../market-data/series.ts'

export type RunWarning = { code: string; message: string }

/** A complete run on the other paths, where the order of prices inside bars mattered. */
export type Scenario = { metrics: Metrics; tradesHash: string; equityHash: string }

/** Days' starts, UTC in ms, with the equity at their end and that of buying and holding. */
export type DailyCurve = { day: Float64Array; equity: Float64Array; buyAndHold: Float64Array }

export type RunOutput = {
  /** Closes of bars that were simulated. */
  bars: number
  metrics: Metrics
  /** Before and from `fromOutOfSample` on. */
  halves: { inSample: Metrics; outOfSample: Metrics } | null
  scenarios: { worst: Scenario; best: Scenario } | null
  daily: DailyCurve
  /** Closed ones first. `outcome-tables.ts` says what the columns are. */
  trades: Columns
  closedTrades: number
  openTrades: number
  orders: Columns
  refusalCounts: Partial<Record<RefusalReason, number>>
  ambiguousBars: number
  resolvedBars: number
  ruinedAt: number | null
  gaps: { bars: number; trades: number }
  warnings: readonly RunWarning[]
  tradesHash: string
  equityHash: string
}

/** What a run needs per bar alone: kept nowhere, computed again when it is asked for. */
export type BarCurve = { timestamp: Float64Array; equity: Float64Array; buyAndHold: Float64Array }
