import { firstBarFrom } from '../market-data/candles.ts'
import { ColumnMemory } from '../numerics/column-memory.ts'
import type { RunControl } from './control.ts'
import { Desk } from './desk.ts'
import { Exchange } from './exchange.ts'
import type { Market } from './market.ts'
import type { SimulationOutcome } from './outcome.ts'
import type { RunSettings } from './settings.ts'

/** Every instant at which any market has a bar in the run, in order, UTC in ms; the first's own where all are alike. */
function timelineOf(markets: readonly Market[], { from, to }: RunSettings): Float64Array {
  const spans = markets.map(({ candles }) =>
    candles.timestamp.subarray(firstBarFrom(candles, from), firstBarFrom(candles, to)),
  )
  const [first = new Float64Array(0), ...others] = spans
  return others.every((span) => isSame(span, first)) ? first : merged(spans)
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}

/** The times of all, each once. */
function merged(spans: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(spans.reduce((sum, { length }) => sum + length, 0))
  const heads = new Int32Array(spans.length)
  let count = 0
  for (;;) {
    let next = Number.POSITIVE_INFINITY
    for (let at = 0; at < spans.length; at++) {
      const time = spans[at]?.[heads[at] as number]
      if (time !== undefined && time < next) next = time
    }
    if (next === Number.POSITIVE_INFINITY) return all.slice(0, count)
    for (let at = 0; at < spans.length; at++) {
      if (spans[at]?.[heads[at] as number] === next) heads[at] = (heads[at] as number) + 1
    }
    all[count++] = next
  }
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
