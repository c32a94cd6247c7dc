import type { BacktestRow } from '../platform/database/tables.ts'
import { specOf } from './backtest-view.ts'
import type { ExplainedBar } from './explain.ts'
import type { Summary } from './results-repository.ts'
import type { TableRow } from './table-columns.ts'
import { findPositions, takeRows } from './tables/columnar-table.ts'
import { ordersView, tradesView } from './tables/result-views.ts'
import { readPiece, rowsOf, type TableView } from './tables/table-view.ts'
import { findTable, type TableReading } from './tables/tables-repository.ts'

/** Orders of a bar, and the trades that it signalled. */
export type BarEvents = { orders: TableRow[]; signalled: TableRow[] }

/** Rows whose time in the column `name` is `time`, by market. */
async function rowsAt<Name extends string>(
  view: TableView<Name | 'market'>,
  name: Name,
  time: number,
): Promise<Map<number, TableRow[]>> {
  const positions = await findPositions(view.table, name, time)
  const [markets] = await takeRows(view.table, ['market'], positions)
  const rows = rowsOf(view.columns, await readPiece(view, positions))
  return Map.groupBy(rows, (_, at) => markets?.[at] as number)
}

/** Add to each market's bar what happened at it. */
export async function eventsAt(
  reading: TableReading,
  row: BacktestRow,
  { closedTrades }: Summary,
  bars: readonly ExplainedBar[],
): Promise<(ExplainedBar & BarEvents)[]> {
  const time = bars.find((bar) => bar.time !== null)?.time ?? Number.NaN
  const orders = ordersView(await findTable(reading, row.result_key, 'orders'), specOf(row))
  const trades = tradesView(await findTable(reading, row.result_key, 'trades'), specOf(row), closedTrades)
  const [ordersOf, signalledOf] = [
    await rowsAt(orders, 'time', time),
    await rowsAt(trades, 'signalTime', time),
  ]
  return bars.map((bar, market) => ({
    ...bar,
    orders: (bar.time !== null && ordersOf.get(market)) || [],
    signalled: (bar.time !== null && signalledOf.get(market)) || [],
  }))
}
