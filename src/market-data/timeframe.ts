const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const WEEK = 7 * DAY
/** 1970-01-01 was a Thursday: weeks begin on Monday, four days after it. */
const FIRST_MONDAY = 4 * DAY

/** How long a bar is, in milliseconds; null for the calendar month. In order of length. */
const LENGTHS = {
  '1s': SECOND,
  '1m': MINUTE,
  '3m': 3 * MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '1h': HOUR,
  '2h': 2 * HOUR,
  '4h': 4 * HOUR,
  '6h': 6 * HOUR,
  '8h': 8 * HOUR,
  '12h': 12 * HOUR,
  '1d': DAY,
  '1w': WEEK,
  '1M': null,
} as const

export type Timeframe = keyof typeof LENGTHS

export const TIMEFRAMES = Object.keys(LENGTHS) as Timeframe[]

export function isTimeframe(text: string): text is Timeframe {
  return Object.hasOwn(LENGTHS, text)
}

/** Start of the period that holds `time`, both UTC in ms. Periods floor to UTC; a week begins on Monday. */
export function periodStart(time: number, timeframe: Timeframe): number {
  const length = LENGTHS[timeframe]
  if (length === null) {
    const date = new Date(time)
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
  }
  const offset = timeframe === '1w' ? FIRST_MONDAY : 0
  return Math.floor((time - offset) / length) * length + offset
}

/** End of the period that begins at `start`, UTC in ms: the first instant that is not in it. */
export function periodEnd(start: number, timeframe: Timeframe): number {
  const length = LENGTHS[timeframe]
  if (length !== null) return start + length
  const date = new Date(start)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
}

/** Whether each period of `larger` is made of whole periods of `base`, and of more than one. */
export function isLargerMultiple(larger: Timeframe, base: Timeframe): boolean {
  const [long, short] = [LENGTHS[larger], LENGTHS[base]]
  if (short === null) return false
  if (long === null) return DAY % short === 0
  return long > short && long % short === 0
}

/** Ordinary length in ms, for limits and estimates; a month counts 31 days. */
export function longestPeriod(timeframe: Timeframe): number {
  return LENGTHS[timeframe] ?? 31 * DAY
}

/** How many periods begin from `from` to before `to`, both being starts of one. */
export function periodsBetween(from: number, to: number, timeframe: Timeframe): number {
  const length = LENGTHS[timeframe]
  if (length !== null) return (to - from) / length
  const [a, b] = [new Date(from), new Date(to)]
  return (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth()
}
