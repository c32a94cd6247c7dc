import type { Fill, Refusal, Trade } from '../engine/outcome.ts'
import { EXIT_REASONS, KINDS, SIDES, TRADE_FIELDS } from '../engine/outcome-records.ts'
import { type Field, flag, plain, type Records, word } from '../engine/records.ts'
import type { Columns } from '../market-data/series.ts'

/** Append only, as in the records. */
const ORDER_REASONS = [
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

/** A line of the order log: an order that was filled, or an entry that was not made. */
export type Order = {
  time: number
  market: number
  side: Fill['side']
  kind: 'entry' | 'exit'
  state: 'filled' | 'refused' | 'expired' | 'cancelled'
  reason: Fill['reason'] | Refusal['reason']
  /** Null, as NaN, where nothing was filled. */
  price: number
  quantity: number
  fee: number
  liquidity: 'maker' | 'taker' | 'none'
  atOpen: boolean
  /** Place in the list of trades; −1 where there is none. */
  trade: number
}

const ORDER_FIELDS: readonly Field<Order>[] = [
  plain('time'),
  plain('market'),
  word('side', SIDES),
  word('kind', KINDS),
  word('state', ['filled', 'refused', 'expired', 'cancelled']),
  word('reason', ORDER_REASONS),
  plain('price'),
  plain('quantity'),
  plain('fee'),
  word('liquidity', ['maker', 'taker', 'none']),
  flag('atOpen'),
  plain('trade'),
]

function toRows<Row>(fields: readonly Field<Row>[], columns: Columns): Row[] {
  const { length } = columns[0] as Float64Array
  return Array.from({ length }, (_, at) => {
    const valueAt = (column: number) => (columns[column] as Float64Array)[at] as number
    const entries = fields.map(({ name, read }, column) => [name, read(valueAt(column))])
    return Object.fromEntries(entries)
  })
}

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

export const tradesOf = (columns: Columns) => toRows(TRADE_FIELDS, columns)
export const ordersOf = (columns: Columns) => toRows(ORDER_FIELDS, columns)

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
