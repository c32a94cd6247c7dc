import { type Candles, emptyCandles } from '../../market-data/candles.ts'
import { inSlices } from '../tables/in-slices.ts'

/** At most `most` candles that show the same: neighbours are made into one. */
export async function bucketCandles(candles: Candles, most: number): Promise<Candles> {
  const bars = candles.timestamp.length
  const size = Math.max(1, Math.ceil(bars / most))
  const result = emptyCandles(Math.ceil(bars / size))
  await inSlices(bars, (from, to) => {
    for (let bar = from; bar < to; bar++)
      addBar(result, Math.floor(bar / size), candles, bar, bar % size === 0)
  })
  return result
}

function addBar(result: Candles, at: number, candles: Candles, bar: number, isFirst: boolean): void {
  if (isFirst) {
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
