import type { Market } from '../engine/market.ts'
import type { RunSettings } from '../engine/settings.ts'
import { firstBarFrom } from '../market-data/candles.ts'
import { longestPeriod, periodEnd } from '../market-data/timeframe.ts'

/** Bars that are missing between the first and the last of a run, and the longest run of them. */
export function gapsOf(
  { candles, timeframe }: Pick<Market, 'candles' | 'timeframe'>,
  { from, to }: Pick<RunSettings, 'from' | 'to'>,
): { bars: number; longest: number } {
  const { timestamp } = candles
  const last = firstBarFrom(candles, to)
  let [bars, longest] = [0, 0]
  const step = longestPeriod(timeframe)
  for (let bar = firstBarFrom(candles, from) + 1; bar < last; bar++) {
    // Even two months in a row are longer than the longest one.
    if ((timestamp[bar] as number) - (timestamp[bar - 1] as number) <= step) continue
    let missing = 0
    let expected = periodEnd(timestamp[bar - 1] as number, timeframe)
    while (expected < (timestamp[bar] as number)) {
      expected = periodEnd(expected, timeframe)
      missing++
    }
    bars += missing
    longest = Math.max(longest, missing)
  }
  return { bars, longest }
}
