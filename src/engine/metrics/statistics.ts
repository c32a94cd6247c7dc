export function sum(values: Float64Array): number {
  let total = 0
  for (let at = 0; at < values.length; at++) total += values[at] as number
  return total
}

/** Sum of the values over their number; NaN without any. */
export function mean(values: Float64Array): number {
  return sum(values) / values.length
}

/** Sample standard deviation (ddof 1), in two passes. */
export function deviation(values: Float64Array): number {
  const centre = mean(values)
  let squares = 0
  for (let at = 0; at < values.length; at++) {
    const off = (values[at] as number) - centre
    squares += off * off
  }
  return Math.sqrt(squares / (values.length - 1))
}

/** Square root of the mean of squares of the values below 0, over all values. */
export function downsideDeviation(values: Float64Array): number {
  let squares = 0
  for (let at = 0; at < values.length; at++) {
    const value = Math.min(values[at] as number, 0)
    squares += value * value
  }
  return Math.sqrt(squares / values.length)
}

/** Quantile of type 7 of Hyndman and Fan (1996): linear between order statistics. `sorted` rises. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share
  const below = Math.floor(place)
  const low = sorted[below] as number
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number
  return low + (place - below) * (high - low)
}

/** Mean of the values that are at most `bound`. */
export function meanUpTo(values: Float64Array, bound: number): number {
  let sum = 0
  let count = 0
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number
    if (value > bound) continue
    sum += value
    count++
  }
  return sum / count
}

/** Sums of the values above and below 0; the second is not negative. */
export function gainsAndLosses(values: Float64Array): { gains: number; losses: number } {
  let gains = 0
  let losses = 0
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number
    if (value > 0) gains += value
    else losses -= value
  }
  return { gains, losses }
}
