import { costPerBar } from '../strategies/language/cost.ts'
import { bytesPerBar } from '../strategies/language/liveness.ts'
import type { Plan } from '../strategies/language/plan.ts'

/** Rows that a run reads of one instrument. */
export type InstrumentRows = {
  /** Candles of the stored timeframe; those before the range only if they are resampled. */
  base: number
  /** Whether the strategy's bars are made of smaller ones. */
  isResampled: boolean
  /** Candles of the lower timeframe. */
  finer: number
  funding: number
}

export type RunEstimate = {
  /** Memory that the run takes, apart from trades and orders: those are counted while it runs. */
  bytes: number
  /** Bars × the cost of a plan for one bar, and what loading the rows costs. */
  work: number
}

const CANDLE_BYTES = 6 * 8
const FUNDING_BYTES = 3 * 8
/** The ends of a range are parts of chunks that are loaded whole: of candles at most 131,072 rows at each end. */
const CHUNK_ENDS_BYTES = 2 * 131_072 * CANDLE_BYTES
/** Columns over all instants: time, equity, the equity of holding, returns and drawdowns while metrics are computed. */
const CURVE_BYTES = 6 * 8
/** The equity of holding one instrument. */
const HELD_BYTES = 8
/** Columns that an indicator fills on its way, and gives up when it is done. */
const TEMPORARY_BYTES = 10 * 8
/** Before it reads anything: the thread's share of the heap, compiled rules, the result's text. */
const FIXED_BYTES = 8 * 1024 * 1024
/** A fill with its share of the trade that it belongs to, as they are recorded, turned into columns and stored. */
export const BYTES_PER_FILL = 700
/** Reading a row costs a twentieth of computing a node. */
const WORK_PER_ROW = 0.05
/** Stepping through a bar costs as much as two nodes; lower-timeframe bars are stepped through as well. */
const WORK_PER_STEP = 2

/** Estimate what a run takes before anything of it is loaded. */
export function estimateRun(plan: Plan, bars: number, instruments: readonly InstrumentRows[]): RunEstimate {
  let bytes = FIXED_BYTES + bars * CURVE_BYTES
  let rows = 0
  let steps = bars
  for (const { base: inRange, isResampled, finer, funding } of instruments) {
    const base = isResampled ? inRange : inRange + plan.lookBack
    const series = 1 + (finer > 0 ? 1 : 0)
    bytes += (base + finer) * CANDLE_BYTES + funding * FUNDING_BYTES
    bytes += Math.min(series * CHUNK_ENDS_BYTES, (base + finer) * CANDLE_BYTES)
    if (isResampled) bytes += bars * CANDLE_BYTES
    rows += base + finer + funding
    steps += finer
  }
  const warmUp = instruments.length * plan.lookBack
  bytes += (bytesPerBar(plan) + TEMPORARY_BYTES + HELD_BYTES) * (bars + warmUp)
  const work = (bars + warmUp) * costPerBar(plan) + steps * WORK_PER_STEP + rows * WORK_PER_ROW
  return { bytes: Math.ceil(bytes), work }
}
