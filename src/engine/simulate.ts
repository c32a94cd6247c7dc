import { firstBarFrom } from '../market-data/candles.ts'
import { ColumnMemory } from '../numerics/column-memory.ts'
import type { RunControl } from './control.ts'
import { Desk } from './desk.ts'
import { Exchange } from './exchange.ts'
import type { Market } from './market.ts'
import type { SimulationOutcome } from './outcome.ts'
import type { RunSettings } from './settings.ts'

/** Every instant at which any market has a bar in the run, in order, UTC in ms. */
function timelineOf(markets: readonly Market[], { from, to }: RunSettings): Float64Array {
  const spans = markets.map(({ candles }) =>
    candles.timestamp.subarray(firstBarFrom(candles, from), firstBarFrom(candles, to)),
  )
  const [only] = spans
  if (only && spans.length === 1) return only
  const all = new Float64Array(spans.reduce((sum, { length }) => sum + length, 0))
  let filled = 0
  for (const span of spans) {
    all.set(span, filled)
    filled += span.length
  }
  all.sort()
  let count = 0
  for (let at = 0; at < all.length; at++) {
    if (at === 0 || all[at] !== all[at - 1]) all[count++] = all[at] as number
  }
  return all.slice(0, count)
}

/**
 * Runs a strategy over history, by the rules of `docs/FILLS.md`. All money is in the quote currency.
 * @param memory holds what the outcome holds until it is used again
 * @throws RunStopped where `control` says so
 */
export function simulate(
  markets: readonly Market[],
  settings: RunSettings,
  control: RunControl | null = null,
  memory: ColumnMemory = new ColumnMemory(),
): SimulationOutcome {
  const timeline = timelineOf(markets, settings)
  const desks = markets.map((market, index) => new Desk(index, market, settings))
  return new Exchange(desks, settings, timeline, memory).run(control)
}
