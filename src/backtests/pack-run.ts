import type { Columns } from '../market-data/series.ts'
import { orderColumns, orderLog, tradeColumns } from './outcome-tables.ts'
import type { RunOutput } from './run-output.ts'

/** What of a run is kept as JSON: everything but its tables. */
export type RunSummary = Omit<RunOutput, 'daily' | 'trades' | 'openTrades' | 'fills' | 'refusals'> & {
  closedTrades: number
  openTrades: number
  orders: number
}

/** A run as it is kept. Its tables are columns of numbers, which are copied to another thread sooner than rows. */
export type PackedRun = { summary: RunSummary; daily: Columns; trades: Columns; orders: Columns }

export function packRun(output: RunOutput): PackedRun {
  const { daily, trades, openTrades, fills, refusals, ...rest } = output
  const orders = orderLog(fills, refusals)
  return {
    summary: {
      ...rest,
      closedTrades: trades.length,
      openTrades: openTrades.length,
      orders: orders.length,
    },
    daily: [daily.day, daily.equity, daily.buyAndHold],
    trades: tradeColumns([...trades, ...openTrades]),
    orders: orderColumns(orders),
  }
}
