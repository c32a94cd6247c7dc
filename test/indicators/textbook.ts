/** One value for each bar; NaN where there is none. */
export type Series = number[]

/** Bar by bar. */
export function lift(f: (...values: number[]) => number, ...series: Series[]): Series {
  return (series[0] ?? []).map((_, bar) => f(...series.map((values) => values[bar] ?? Number.NaN)))
}

/** What it was `bars` ago. */
export function ago(series: Series, bars: number): Series {
  return series.map((_, bar) => series[bar - bars] ?? Number.NaN)
}

/** A function of the last `length` values of one or more series, wherever they are all there. */
export function over(length: number, f: (...windows: Series[]) => number, ...series: Series[]): Series {
  return (series[0] ?? []).map((_, bar) => {
    const windows = series.map((values) => values.slice(Math.max(bar - length + 1, 0), bar + 1))
    return windows.every((values) => values.length === length && !values.some(Number.isNaN))
      ? f(...windows)
      : Number.NaN
  })
}

/** From each value, and the result of the bar before; `seed` is the one at bar `from`. */
export function follow(
  series: Series,
  from: number,
  seed: number,
  f: (before: number, value: number, bar: number) => number,
): Series {
  let result = seed
  return series.map((value, bar) => {
    if (bar > from) result = f(result, value, bar)
    return bar < from ? Number.NaN : result
  })
}

export const sum = (values: Series) => values.reduce((total, value) => total + value, 0)
export const mean = (values: Series) => sum(values) / values.length
export const highest = (values: Series) => Math.max(...values)
export const lowest = (values: Series) => Math.min(...values)

/** Mean power of the distance from the mean, in two passes. */
export function moment(values: Series, power: number): number {
  const middle = mean(values)
  return mean(values.map((value) => (value - middle) ** power))
}

/** As of numpy: between two values in proportion. */
export function quantile(values: Series, share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = share * (sorted.length - 1)
  const low = sorted[Math.floor(place)] ?? Number.NaN
  return low + ((sorted[Math.ceil(place)] ?? Number.NaN) - low) * (place % 1)
}

/** a / b, and `otherwise` where b is 0. */
export const over0 = (a: number, b: number, otherwise = 0) => (b === 0 ? otherwise : a / b)
