import { candlesOf } from './bars.ts'
import type { Bar } from './interpreter.ts'

/** The smallest strategy there is, with some of its parts in other words. */
export function strategy(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'A strategy',
    timeframe: '1h',
    long: { entry: 'close > open', exit: 'close < open' },
    sizing: { type: 'percent_of_equity', value: 100 },
    ...changes,
  }
}

/** One that enters by this rule. */
export function entering(entry: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return strategy({ long: { entry, exit: 'close < open' }, ...changes })
}

/** Candles that are flat but for what is given, an hour each from 2024-01-01. */
export function hourly(bars: readonly Partial<Bar>[]) {
  const start = Date.UTC(2024, 0, 1)
  return candlesOf(
    bars.map((bar, index) => {
      const price = bar.close ?? 10
      const timestamp = start + index * 3_600_000
      return { timestamp, open: price, high: price, low: price, close: price, volume: 1, ...bar }
    }),
  )
}
