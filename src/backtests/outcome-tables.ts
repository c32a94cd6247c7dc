import type { Fill, Refusal, Trade } from '../engine/outcome.ts'
import type { Columns } from '../market-data/series.ts'

/** Numbers of the words in stored tables and hashes. Append only. */
const EXIT_REASONS = [
  'exit_rule',
  'stop_loss',
  'trailing_stop',
  'break_even',
  'take_profit',
  'max_bars',
  'liquidation',
  'daily_loss',
  'max_drawdown',
  'end_of_data',
] as const satisfies readonly Trade['exitReason'][]

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

const SIDES = ['short', 'long'] as const

type Field<Row> = { write(row: Row): number; name: keyof Row; read(value: number): unknown }

function plain<Row>(name: keyof Row & string): Field<Row> {
  return { name, write: (row) => row[name] as number, read: (value) => value }
}

function word<Row>(name: keyof Row & string, words: readonly string[]): Field<Row> {
  return { name, write: (row) => words.indexOf(row[name] as string), read: (value) => words[value] }
}

function flag<Row>(name: keyof Row & string): Field<Row> {
  return { name, write: (row) => (row[name] ? 1 : 0), read: (value) => value === 1 }
}

const TRADE_FIELDS: readonly Field<Trade>[] = [
  plain('entryTime'),
  plain('exitTime'),
  plain('signalTime'),
  plain('market'),
  word('side', SIDES),
  plain('entryPrice'),
  plain('quantity'),
  plain('exitPrice'),
  word('exitReason', EXIT_REASONS),
  plain('grossProfit'),
  plain('fees'),
  plain('funding'),
  plain('netProfit'),
  plain('bars'),
  plain('maxFavourable'),
  plain('maxAdverse'),
  flag('sizeClipped'),
  flag('acrossGap'),
]

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
  word('kind', ['entry', 'exit']),
  word('state', ['filled', 'refused', 'expired', 'cancelled']),
  word('reason', ORDER_REASONS),
  plain('price'),
  plain('quantity'),
  plain('fee'),
  word('liquidity', ['maker', 'taker', 'none']),
  flag('atOpen'),
  plain('trade'),
]

function toColumns<Row>(fields: readonly Field<Row>[], rows: readonly Row[]): Columns {
  return fields.map(({ write }) => {
    const column = new Float64Array(rows.length)
    for (const [at, row] of rows.entries()) column[at] = write(row)
    return column
  })
}

function toRows<Row>(fields: readonly Field<Row>[], columns: Columns): Row[] {
  const { length } = columns[0] as Float64Array
  return Array.from({ length }, (_, at) => {
    const valueAt = (column: number) => (columns[column] as Float64Array)[at] as number
    const entries = fields.map(({ name, read }, column) => [name, read(valueAt(column))])
    return Object.fromEntries(entries)
  })
}

export const tradeColumns = (trades: readonly Trade[]) => toColumns(TRADE_FIELDS, trades)
export const tradesOf = (columns: Columns) => toRows(TRADE_FIELDS, columns)
export const orderColumns = (orders: readonly Order[]) => toColumns(ORDER_FIELDS, orders)
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

/** Fills and refusals in one list, in time order; at one time the fills first. */
export function orderLog(fills: readonly Fill[], refusals: readonly Refusal[]): Order[] {
  const filled = fills.map((fill): Order => ({ ...fill, state: 'filled' }))
  const refused = refusals.map(
    ({ time, market, side, reason }): Order => ({
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
    }),
  )
  return [...filled, ...refused].sort((a, b) => a.time - b.time)
}
