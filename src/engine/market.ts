import type { Candles } from '../market-data/candles.ts'
import type { Timeframe } from '../market-data/timeframe.ts'
import type { Signals } from '../strategies/signals.ts'

/** What an exchange demands of orders for one instrument. Prices and notionals are in the quote currency. */
export type InstrumentRules = {
  id: string
  /** `linear`: a perpetual contract that is margined and settled in the quote currency. */
  kind: 'spot' | 'linear'
  /** Prices are whole multiples of it; 0 where any price will do. */
  priceTick: number
  /** Quantities are whole multiples of it; 0 where any quantity will do. */
  quantityStep: number
  minimumNotional: number
  /** Fractions of the notional: 0.001 is 0.1 %. */
  makerFee: number
  takerFee: number
  /** Fraction of the notional below which the margin of a contract is liquidated. */
  maintenanceMarginRate: number
}

/** What holders pay at a time, in time order. Timestamps are UTC in ms; a rate is a fraction of the notional. */
export type FundingTimes = {
  type: 'times'
  timestamp: Float64Array
  rate: Float64Array
  /** NaN where it is not known: the open of the bar stands for it. */
  markPrice: Float64Array
}

/** The same rate at every whole multiple of `interval` (ms, UTC). */
export type FundingRate = { type: 'rate'; rate: number; interval: number }

/** One instrument of a run: its rules, its history, and what the strategy says about it. */
export type Market = {
  instrument: InstrumentRules
  timeframe: Timeframe
  /** Bars before the run's start may be there, for the indicators' sake. */
  candles: Candles
  signals: Signals
  /** Candles of a smaller timeframe, which tell in which order prices came inside a bar. */
  finer: Candles | null
  funding: FundingTimes | FundingRate | null
}
