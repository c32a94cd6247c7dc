import type { Records } from './records.ts'

export type Side = 'long' | 'short'

export type ExitReason =
  | 'exit_rule'
  | 'stop_loss'
  | 'trailing_stop'
  | 'break_even'
  | 'take_profit'
  | 'max_bars'
  | 'liquidation'
  | 'daily_loss'
  | 'max_drawdown'
  | 'end_of_data'

/** Why an entry was not made. */
export type RefusalReason =
  | 'conflict'
  | 'cooldown'
  | 'daily_loss'
  | 'max_drawdown'
  | 'max_positions'
  | 'margin'
  | 'min_notional'
  | 'zero_quantity'
  | 'unknown_price'
  | 'stop_beyond_price'
  | 'target_beyond_price'
  | 'expired'
  | 'exit_rule'
  | 'other_side_filled'
  | 'end_of_data'

/** One position from its entry to its last exit. Times are opens of bars, UTC in ms; money is quote currency. */
export type Trade = {
  /** Index in the run's list of markets. */
  market: number
  side: Side
  signalTime: number
  entryTime: number
  entryPrice: number
  quantity: number
  exitTime: number
  /** Mean of the exits' prices, weighted by quantity. */
  exitPrice: number
  /** Of the last exit. */
  exitReason: ExitReason
  /** Of the prices alone. */
  grossProfit: number
  fees: number
  /** Positive when it was paid. */
  funding: number
  /** Gross profit − fees − funding; a liquidation loses the margin that was left, and no more. */
  netProfit: number
  /** Bars from the entry's bar to the last exit's bar. */
  bars: number
  /** Best and worst return of the price during the trade, as fractions of the entry price, ≥ 0 and ≤ 0. */
  maxFavourable: number
  maxAdverse: number
  sizeClipped: boolean
  /** Whether bars were missing between entry and exit. */
  acrossGap: boolean
}

/** One order that was filled, in whole or as one part of an exit. */
export type Fill = {
  market: number
  /** Index in the list of trades. */
  trade: number
  kind: 'entry' | 'exit'
  side: Side
  time: number
  price: number
  quantity: number
  fee: number
  liquidity: 'maker' | 'taker'
  reason: ExitReason | 'entry_rule'
  /** True when the fill happened at the bar's open. */
  atOpen: boolean
}

/** An entry that was wanted and not made. `time` is the open of the bar at which that was known. */
export type Refusal = { market: number; side: Side; time: number; reason: RefusalReason }

export type SimulationOutcome = {
  /** The union of the markets' bars in the run, UTC in ms, and the account's equity at the close of each. */
  timestamp: Float64Array
  equity: Float64Array
  /** In the order of their exits. */
  trades: Records<Trade>
  /** Positions that the end of the data left open, as trades that are marked at the last close. */
  openTrades: Records<Trade>
  fills: Records<Fill>
  /** The first 100,000; `refusalCounts` counts all. */
  refusals: Refusal[]
  refusalCounts: Partial<Record<RefusalReason, number>>
  /** Bars in which the order of prices mattered, and how many of them finer candles decided. */
  ambiguousBars: number
  resolvedBars: number
  /** Time (open of the bar) at which equity fell to 0, where it did; the run ends there. */
  ruinedAt: number | null
}
