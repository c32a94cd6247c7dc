import type { Market } from '../engine/market.ts'
import type { RunSettings } from '../engine/settings.ts'
import { firstBarFrom } from '../market-data/candles.ts'
import { periodEnd } from '../market-data/timeframe.ts'

/** Bars that are missing between the first and the last of a run, and the longest run of them. */
export function gapsOf(
  { candles, timeframe }: Pick<Market, 'candles' | 'timeframe'>,
  { from, to }: Pick<RunSettings, 'from' | 'to'>,
): { bars: number; longest: number } {
  const { timestamp } = candles
  const last = firstBarFrom(candles, to)
  let [bars, longest] = [0, 0]
  for (let bar = firstBarFrom(candles, from) + 1; bar < last; bar++) {
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
