import type { ArrowType } from '../market-data/arrow-writer.ts'

export type Cell = string | number | boolean | null
export type TableRow = Record<string, Cell>

/** What a column holds; a `?` says that cells may be null. Times are ISO 8601 in UTC. */
export type ColumnType = ArrowType | `${ArrowType}?`
export type TableColumns = Readonly<Record<string, ColumnType>>

export const TRADE_COLUMNS = {
  number: 'count',
  instrument: 'text',
  side: 'text',
  state: 'text',
  signal_time: 'time',
  entry_time: 'time',
  entry_price: 'number',
  quantity: 'number',
  exit_time: 'time',
  exit_price: 'number',
  exit_reason: 'text',
  gross_profit: 'number',
  fees: 'number',
  funding: 'number',
  net_profit: 'number',
  return: 'number',
  bars: 'count',
  max_favourable: 'number',
  max_adverse: 'number',
  size_clipped: 'boolean',
  across_gap: 'boolean',
} as const satisfies TableColumns

export const ORDER_COLUMNS = {
  time: 'time',
  instrument: 'text',
  side: 'text',
  kind: 'text',
  state: 'text',
  reason: 'text',
  price: 'number?',
  quantity: 'number?',
  fee: 'number',
  liquidity: 'text?',
  at_open: 'boolean',
  trade: 'count?',
} as const satisfies TableColumns

export const EQUITY_COLUMNS = {
  time: 'time',
  equity: 'number',
  drawdown: 'number',
  buy_and_hold: 'number',
} as const satisfies TableColumns
