import type { Fill, Refusal, Trade } from '../engine/outcome.ts'
import { EXIT_REASONS, KINDS, SIDES, TRADE_FIELDS } from '../engine/outcome-records.ts'
import { type Field, flag, plain, Records, word } from '../engine/records.ts'
import { type Columns, lengthOf } from '../market-data/series.ts'

/** Append only, as in the records. */
export const ORDER_REASONS = [
  ...EXIT_REASONS,
  'entry_rule',
  'conflict',
  'cooldown',
  'max_positions',
  'margin',
  'min_notional',
  'zero_quantity',
  'unknown_price',
  'stop_beyond_price',
  'target_beyond_price',
  'expired',
  'other_side_filled',
] as const satisfies readonly (Fill['reason'] | Refusal['reason'])[]

/** Append only, as well. */
export const ORDER_STATES = ['filled', 'refused', 'expired', 'cancelled'] as const
export const ORDER_LIQUIDITIES = ['maker', 'taker', 'none'] as const

/** A line of the order log: an order that was filled, or an entry that was not made. */
export type Order = {
  time: number
  market: number
  side: Fill['side']
  kind: 'entry' | 'exit'
  state: (typeof ORDER_STATES)[number]
  reason: Fill['reason'] | Refusal['reason']
  /** Null, as NaN, where nothing was filled. */
  price: number
  quantity: number
  fee: number
  liquidity: (typeof ORDER_LIQUIDITIES)[number]
  atOpen: boolean
  /** Place in the list of trades; −1 where there is none. */
  trade: number
}

const ORDER_FIELDS: readonly Field<Order>[] = [
  plain('time'),
  plain('market'),
  word('side', SIDES),
  word('kind', KINDS),
  word('state', ORDER_STATES),
  word('reason', ORDER_REASONS),
  plain('price'),
  plain('quantity'),
  plain('fee'),
  word('liquidity', ORDER_LIQUIDITIES),
  flag('atOpen'),
  plain('trade'),
]

/** Trades as columns, the open ones last. */
export function tradeColumns(closed: Records<Trade>, open: Records<Trade>): Columns {
  if (open.length === 0) return closed.columns()
  return TRADE_FIELDS.map(({ name }) => {
    const column = new Float64Array(closed.length + open.length)
    column.set(closed.column(name))
    column.set(open.column(name), closed.length)
    return column
  })
}

/** Make an object of each trade: for a few of them. */
export function tradesOf(columns: Columns): Trade[] {
  const trades = new Records(TRADE_FIELDS)
  for (let row = 0; row < lengthOf(columns); row++) {
    const begin = trades.add()
    for (const [at, column] of columns.entries()) trades.values[begin + at] = column[row] as number
  }
  return trades.toRows()
}

/** Columns of stored tables in their order. */
export const TRADE_NAMES = TRADE_FIELDS.map(({ name }) => name)
export const ORDER_NAMES = ORDER_FIELDS.map(({ name }) => name)

const CANCELLED = new Set<Refusal['reason']>([
  'exit_rule',
  'other_side_filled',
  'daily_loss',
  'max_drawdown',
  'end_of_data',
])

function stateOf(reason: Refusal['reason']): Order['state'] {
  if (reason === 'expired') return 'expired'
  return CANCELLED.has(reason) ? 'cancelled' : 'refused'
}

/** A column for the fills: the numbers of their words are those of orders. */
function filledColumn(fills: Records<Fill>, name: keyof Order): Float64Array {
  return name === 'state' ? new Float64Array(fills.length) : fills.column(name)
}

function refusedOrder({ time, market, side, reason }: Refusal): Order {
  return {
    time,
    market,
    side,
    kind: 'entry',
    state: stateOf(reason),
    reason,
    price: Number.NaN,
    quantity: Number.NaN,
    fee: 0,
    liquidity: 'none',
    atOpen: false,
    trade: -1,
  }
}

/** Places of the fills, then of the refusals, in one list in time order; at one time the fills come first. */
function placesInTime(filled: Float64Array, refusals: readonly Refusal[]): Int32Array {
  const places = new Int32Array(filled.length + refusals.length)
  let [fill, refusal] = [0, 0]
  while (fill < filled.length || refusal < refusals.length) {
    const time = refusals[refusal]?.time ?? Number.POSITIVE_INFINITY
    const isFill = fill < filled.length && (filled[fill] as number) <= time
    const place = fill + refusal
    if (isFill) places[fill++] = place
    else places[filled.length + refusal++] = place
  }
  return places
}

/** The order log as columns: fills and refusals, each in time order, made into one. */
export function orderColumns(fills: Records<Fill>, refusals: readonly Refusal[]): Columns {
  if (refusals.length === 0) return ORDER_FIELDS.map(({ name }) => filledColumn(fills, name))
  const places = placesInTime(fills.column('time'), refusals)
  const refused = refusals.map(refusedOrder)
  return ORDER_FIELDS.map(({ name, write }) => {
    const column = new Float64Array(places.length)
    const put = (value: number, at: number) => {
      column[places[at] as number] = value
    }
    filledColumn(fills, name).forEach(put)
    refused.forEach((order, at) => void put(write(order), fills.length + at))
    return column
  })
}
