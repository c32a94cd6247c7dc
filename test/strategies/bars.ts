import fc from 'fast-check'
import { type Candles, emptyCandles } from '../../src/market-data/candles.ts'
import { periodEnd, type Timeframe } from '../../src/market-data/timeframe.ts'
import type { Bar } from './interpreter.ts'

export function candlesOf(bars: readonly Bar[]): Candles {
  const candles = emptyCandles(bars.length)
  bars.forEach((bar, index) => {
    candles.timestamp[index] = bar.timestamp
    candles.open[index] = bar.open
    candles.high[index] = bar.high
    candles.low[index] = bar.low
    candles.close[index] = bar.close
    candles.volume[index] = bar.volume
  })
  return candles
}

/** 2024-01-01, a Monday. */
const START = Date.UTC(2024, 0, 1)

/**
 * Bars with few different prices, so that they are equal now and then, without volume here and there, beginning within
 * a larger period and with gaps.
 */
export function someBars(timeframe: Timeframe, maxLength = 80): fc.Arbitrary<Bar[]> {
  const length = periodEnd(START, timeframe) - START
  const bar = fc.record({
    skip: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat(9)),
    open: fc.integer({ min: 1, max: 12 }),
    close: fc.integer({ min: 1, max: 12 }),
    above: fc.nat(2),
    below: fc.double({ min: 0, max: 0.5, noNaN: true }),
    volume: fc.nat(3),
  })
  return fc.tuple(fc.nat(30), fc.array(bar, { minLength: 1, maxLength })).map(([first, steps]) => {
    let timestamp = START + (first - 1) * length
    return steps.map(({ skip, open, close, above, below, volume }) => {
      timestamp += (skip + 1) * length
      const [high, low] = [Math.max(open, close) + above, Math.min(open, close) - below]
      return { timestamp, open, high, low, close, volume }
    })
  })
}

/** A walk that looks like a market: the same for the same seed. */
export function walk(count: number, timeframe: Timeframe, seed = 1, swing = 0.04): Bar[] {
  const length = periodEnd(START, timeframe) - START
  let state = seed
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  let close = 100
  return Array.from({ length: count }, (_, index) => {
    const open = close
    close = open * (1 + (random() - 0.5) * swing)
    const high = Math.max(open, close) * (1 + random() / 100)
    const low = Math.min(open, close) * (1 - random() / 100)
    return { timestamp: START + index * length, open, high, low, close, volume: random() * 1_000 }
  })
}
