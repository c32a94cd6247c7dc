import { type Candles, emptyCandles, sliceCandles } from '../../market-data/candles.ts'

/** At most `most` candles that show the same: neighbours are made into one. */
export function bucketCandles(candles: Candles, most: number): Candles {
  const bars = candles.timestamp.length
  const size = Math.max(1, Math.ceil(bars / most))
  const result = emptyCandles(Math.ceil(bars / size))
  for (let bar = 0; bar < bars; bar++) {
    const at = Math.floor(bar / size)
    if (bar % size === 0) {
      result.timestamp[at] = candles.timestamp[bar] as number
      result.open[at] = candles.open[bar] as number
      result.high[at] = candles.high[bar] as number
      result.low[at] = candles.low[bar] as number
    }
    result.high[at] = Math.max(result.high[at] as number, candles.high[bar] as number)
    result.low[at] = Math.min(result.low[at] as number, candles.low[bar] as number)
    result.close[at] = candles.close[bar] as number
    result.volume[at] = (result.volume[at] as number) + (candles.volume[bar] as number)
  }
  return sliceCandles(result, 0, result.timestamp.length)
}
