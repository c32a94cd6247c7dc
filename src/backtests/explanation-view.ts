import type { BarEvents } from './events-at.ts'
import type { ExplainedBar } from './explain.ts'

const time = (ms: number) => new Date(ms).toISOString()

/** What the rules said at a bar, with the orders of that bar and the trades that it signalled. */
export function shownExplanation({ time: at, position, ...bar }: ExplainedBar & BarEvents) {
  return {
    instrument: bar.instrument,
    time: at === null ? null : time(at),
    candle: bar.candle,
    rules: bar.rules.map(({ isReady, ...rule }) => ({ ...rule, is_ready: isReady })),
    position: position && {
      side: position.side,
      quantity: position.quantity,
      entry_time: time(position.entryTime),
      entry_price: position.entryPrice,
      bars_in_position: position.barsInPosition,
      position_return: position.positionReturn,
      highest_since_entry: position.highestSinceEntry,
      lowest_since_entry: position.lowestSinceEntry,
    },
    orders: bar.orders,
    signalled: bar.signalled,
  }
}
