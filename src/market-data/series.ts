import { CANDLE_COLUMNS, type Candles } from './candles.ts'
import { longestPeriod, periodStart, type Timeframe } from './timeframe.ts'

/** What a dataset holds: candles of a timeframe, or funding rates. */
export type Series = Timeframe | 'funding'

/** Columns of equal length in time order, the first of which is the timestamp, UTC in ms. */
export type Columns = readonly Float64Array[]

/** Funding payments of a perpetual. `markPrice` is NaN where the source does not tell it. */
export type Funding = { timestamp: Float64Array; rate: Float64Array; markPrice: Float64Array }

const FUNDING_COLUMNS = ['timestamp', 'rate', 'mark_price'] as const

export function columnNames(series: Series): readonly string[] {
  return series === 'funding' ? FUNDING_COLUMNS : CANDLE_COLUMNS
}

export function candleColumns({ timestamp, open, high, low, close, volume }: Candles): Columns {
  return [timestamp, open, high, low, close, volume]
}

const NOTHING = new Float64Array(0)

export function candlesOf(columns: Columns): Candles {
  const [
    timestamp = NOTHING,
    open = NOTHING,
    high = NOTHING,
    low = NOTHING,
    close = NOTHING,
    volume = NOTHING,
  ] = columns
  return { timestamp, open, high, low, close, volume }
}

export function fundingOf(columns: Columns): Funding {
  const [timestamp = NOTHING, rate = NOTHING, markPrice = NOTHING] = columns
  return { timestamp, rate, markPrice }
}

export function lengthOf(columns: Columns): number {
  return columns[0]?.length ?? 0
}

export function timestampsOf(columns: Columns): Float64Array {
  return columns[0] ?? NOTHING
}

/** Rows `from` to before `to`, as a view of the same memory. */
export function sliceColumns(columns: Columns, from: number, to: number): Columns {
  return columns.map((column) => column.subarray(from, to))
}

/** First row at or after `time`; the number of rows where none is. */
export function firstRowFrom(timestamp: Float64Array, time: number): number {
  let [low, high] = [0, timestamp.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((timestamp[middle] as number) < time) low = middle + 1
    else high = middle
  }
  return low
}

/** No chunk has more rows: each kind of period below holds fewer bars of its timeframes. */
export const MAX_CHUNK_ROWS = 131_072

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** The stretch of time that one chunk covers, from `start` to before `end`, UTC in ms. */
export type Period = { start: number; end: number }

/** The period of the chunk that holds `time`: a day of seconds, a month of 1 to 3 minutes, a year up to 30, a decade. */
export function chunkPeriod(time: number, series: Series): Period {
  const length = series === 'funding' ? HOUR : longestPeriod(series)
  if (length < MINUTE) {
    const start = periodStart(time, '1d')
    return { start, end: start + 24 * HOUR }
  }
  const date = new Date(time)
  const year = date.getUTCFullYear()
  if (length <= 3 * MINUTE) {
    const month = date.getUTCMonth()
    return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) }
  }
  if (length < HOUR) return { start: Date.UTC(year, 0), end: Date.UTC(year + 1, 0) }
  const decade = year - (year % 10)
  return { start: Date.UTC(decade, 0), end: Date.UTC(decade + 10, 0) }
}
