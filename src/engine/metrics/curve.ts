import { nextFrom } from '../../market-data/candles.ts'

/** An account's equity at the closes of bars; timestamps are their opens, UTC in ms. */
export type EquityCurve = { timestamp: Float64Array; equity: Float64Array; initialCapital: number }

const DAY = 86_400_000

/**
 * Equity at the end of each UTC day that has a bar (a bar belongs to the day in which it opens), and the days' starts.
 */
export function dailyEquity({ timestamp, equity }: EquityCurve): { day: Float64Array; equity: Float64Array } {
  const days: number[] = []
  const values: number[] = []
  for (let at = 0; at < timestamp.length; ) {
    const day = Math.floor((timestamp[at] as number) / DAY)
    at = nextFrom(timestamp, (day + 1) * DAY, at)
    days.push(day * DAY)
    values.push(equity[at - 1] as number)
  }
  return { day: Float64Array.from(days), equity: Float64Array.from(values) }
}

/** Returns from one value to the next, the first against `before`. */
export function returnsOf(values: Float64Array, before: number): Float64Array {
  const returns = new Float64Array(values.length)
  let last = before
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number
    returns[at] = (value - last) / last
    last = value
  }
  return returns
}

export type Drawdowns = {
  /** Deepest fall from a peak, as a fraction of the peak, and in money. */
  deepest: number
  deepestMoney: number
  /** Longest time from a peak to the close that reached it again, or to the end; ms. */
  longest: number
  /** Square root of the mean of the squared drawdowns (Martin 1987), as a fraction. */
  ulcer: number
}

/** Falls of the equity at bars' closes from its highest so far; the initial capital is the first peak. */
export function drawdownsOf({ timestamp, equity, initialCapital }: EquityCurve): Drawdowns {
  const { length } = equity
  // `Number` and a variable each tell the compiler that these are numbers: it is five times as fast with them.
  let peak = Number(initialCapital)
  let peakTime = Number(timestamp[0])
  let deepest = 0
  let deepestMoney = 0
  let longest = 0
  let squares = 0
  for (let at = 0; at < length; at++) {
    const first = equity[at] as number
    if (first >= peak) {
      peak = first
      peakTime = timestamp[at] as number
      continue
    }
    // All closes under one peak, by which the sum is divided once.
    let lowest = first
    let fallen = 0
    for (; at < length; at++) {
      const value = equity[at] as number
      if (value >= peak) break
      const fall = peak - value
      fallen += fall * fall
      if (value < lowest) lowest = value
    }
    at--
    squares += fallen / (peak * peak)
    deepest = Math.max(deepest, (peak - lowest) / peak)
    deepestMoney = Math.max(deepestMoney, peak - lowest)
    longest = Math.max(longest, (timestamp[at] as number) - peakTime)
  }
  return { deepest, deepestMoney, longest, ulcer: Math.sqrt(squares / length) }
}

/** Opens of bars, UTC in ms, from each `from` to before its `to`. */
export type Spans = { from: Float64Array; to: Float64Array }

/** How many closes lie in one of the spans at least: those from an entry's bar to before its exit's bar. */
export function closesInPosition(timestamp: Float64Array, { from, to }: Spans): number {
  const order = inOrder(from)
  let count = 0
  let at = 0
  for (const span of order) {
    const first = nextFrom(timestamp, from[span] as number, at)
    at = nextFrom(timestamp, to[span] as number, first)
    count += at - first
  }
  return count
}

/** Places of the values from the lowest up. */
function inOrder(values: Float64Array): Int32Array {
  const places = Int32Array.from(values, (_, place) => place)
  const rises = values.every((value, at) => at === 0 || (values[at - 1] as number) <= value)
  return rises ? places : places.sort((a, b) => (values[a] as number) - (values[b] as number))
}
