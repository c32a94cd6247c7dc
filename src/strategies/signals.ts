/** What a rule about an open position may read. Prices are quotes; a return is a fraction of the entry price. */
export type PositionValues = {
  entryPrice: number
  /** 0 at the close of the entry bar. */
  barsInPosition: number
  /** Of the price alone, positive when the position gains. */
  positionReturn: number
  /** Highest and lowest price since the entry's fill, the current bar included. */
  highestSinceEntry: number
  lowestSinceEntry: number
}

/** True when the position is to be closed, as known at the close of `bar`. */
export type PositionRule = (bar: number, position: PositionValues) => boolean

/** How far from the fill price a level lies, or where it is. Columns hold the value as known at each bar's close. */
export type Level =
  | { type: 'percent'; value: number }
  | { type: 'distance'; column: Float64Array }
  | { type: 'price'; column: Float64Array }

export type EntryOrder =
  | { type: 'market' }
  | { type: 'limit' | 'stop'; price: Float64Array; expiresAfter: number | null }

export type SideSignals = {
  /** 1 where the rule is true at that bar's close. */
  entry: Uint8Array
  /** A mask where the rule reads no position value. */
  exit: Uint8Array | PositionRule | null
  order: EntryOrder
  stopLoss: Level | null
  /** Nearest first as written; the percents of the quantity sum to at most 100. */
  takeProfit: readonly { level: Level; quantityPercent: number }[]
  /** A `price` level makes no trailing stop. */
  trailingStop: Level | null
}

export type Sizing = {
  type: 'percent_of_equity' | 'percent_at_risk' | 'fixed_quote' | 'fixed_quantity'
  value: number
}

/** The rules about risk that are plain numbers; null where there is none. */
export type RiskLimits = {
  breakEvenAtPercent: number | null
  maxBars: number | null
  cooldownBars: number
  maxOpenPositions: number | null
  dailyLossPercent: number | null
  maxDrawdownPercent: number | null
}

/** What a strategy says about one instrument's candles: all that a simulation needs to know of it. */
export type Signals = {
  /** First bar at which every series is past its warm-up; no rule is true before it. */
  ready: number
  long: SideSignals | null
  short: SideSignals | null
  /** Which entries come first when margin is short; highest wins, NaN is last. */
  rank: Float64Array | null
}
