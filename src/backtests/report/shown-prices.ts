import type { Candles } from '../../market-data/candles.ts'
import { inSlices } from '../tables/in-slices.ts'
import { bucketCandles } from './candle-buckets.ts'
import { type Range, rangeOf, widest } from './chart.ts'

/** Candles of a market, and how long each is in ms. */
export type Prices = { candles: Candles; length: number }

/** Prices as a picture shows them. */
export type ShownPrices = {
  /** Neighbours are made into one. */
  candles: Candles
  /** Of one of those, in ms. */
  width: number
  /** Of a bar, in ms. */
  length: number
  /** Open of the first bar and close of the last one, UTC in ms. */
  from: number
  to: number
  /** Of opens and closes. */
  bodies: Range
}

/** Prepare at most `most` candles for a picture. */
export async function showPrices({ candles, length }: Prices, most: number): Promise<ShownPrices> {
  const { timestamp, open, close } = candles
  let bodies = rangeOf([])
  await inSlices(timestamp.length, (from, to) => {
    bodies = widest(bodies, rangeOf([open.subarray(from, to), close.subarray(from, to)]))
  })
  return {
    candles: await bucketCandles(candles, most),
    width: length * Math.max(1, Math.ceil(timestamp.length / most)),
    length,
    from: timestamp[0] as number,
    to: (timestamp.at(-1) as number) + length,
    bodies,
  }
}
