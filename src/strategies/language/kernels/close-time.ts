import { periodEnd, type Timeframe } from '../../../market-data/timeframe.ts'
import type { CloseTimeName } from '../names.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const PARTS: Record<CloseTimeName, (time: number) => number> = {
  hour: (time) => Math.floor(time / HOUR) - Math.floor(time / DAY) * 24,
  minute: (time) => Math.floor(time / MINUTE) - Math.floor(time / HOUR) * 60,
  day_of_week: (time) => {
    // Day 0 was a Thursday, the fourth.
    const days = Math.floor(time / DAY) + 3
    return days - Math.floor(days / 7) * 7 + 1
  },
  day_of_month: (time) => new Date(time).getUTCDate(),
}

/** A part of the time at which each bar closes, UTC. Monday is day 1 of the week. */
export function closeTimes(
  out: Float64Array,
  opens: Float64Array,
  timeframe: Timeframe,
  part: CloseTimeName,
): void {
  const read = PARTS[part]
  for (let i = 0; i < out.length; i++) out[i] = read(periodEnd(opens[i] as number, timeframe))
}
