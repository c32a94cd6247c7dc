import type { RiskLimits, Sizing } from '../strategies/signals.ts'

/** How prices are taken to have moved inside a bar that leaves it open. */
export type PathRule = 'worst_case' | 'best_case' | 'nearest_extreme' | 'stored'

/** A limit order fills when the price goes `through` it, or when it is enough to `touch` it. */
export type LimitFill = 'through' | 'touch'

/** Against the trader, on taker fills alone. */
export type Slippage = { type: 'percent' | 'ticks'; value: number }

/** What happens to positions that the data's end leaves open. */
export type EndRule = 'close' | 'open' | 'none'

export type RunSettings = {
  /** First bar that may fill or signal opens at or after `from`; the last one opens before `to`. UTC in ms. */
  from: number
  to: number
  /** Quote currency. */
  initialCapital: number
  slippage: Slippage
  /** Notional over margin, at least 1. */
  leverage: number
  path: PathRule
  limitFill: LimitFill
  /** `close`: at the last close; `open`: at the last bar's open; `none`: they stay open and are marked. */
  closeAtEnd: EndRule
  sizing: Sizing
  limits: RiskLimits
}
