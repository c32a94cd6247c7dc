import type { Trade } from '../engine/outcome.ts'
import type { BacktestRow } from '../platform/database/tables.ts'
import type { Platform } from '../platform/platform.ts'
import type { TableSource } from './answer-table.ts'
import { specOf } from './backtest-view.ts'
import type { Order } from './outcome-tables.ts'
import { curveAgain, summaryOf, withRun } from './run-again.ts'
import { barTable, type EquityColumn, equityView, ordersView, tradesView } from './tables/result-views.ts'
import type { TableView } from './tables/table-view.ts'
import { findTable, type TableReading } from './tables/tables-repository.ts'

/** A group of rows, as it is read, turned into columns and formatted. */
const GROUP_BYTES = 4 * 1024 * 1024
/** Keys and row numbers while a table is sorted. */
const SORT_BYTES = 24
/** Columns of a curve that is in memory as a whole. */
const CURVE_BYTES = 24
const READ_SECONDS = 60

/** A table that is stored, read a group of rows at a time. */
function storedSource<Name extends string>(
  { db, work }: Platform,
  row: BacktestRow,
  { name, rows }: { name: string; rows: number },
  open: (reading: TableReading) => Promise<TableView<Name>>,
): TableSource<Name> {
  const bytes = GROUP_BYTES + rows * SORT_BYTES
  const request = { userId: row.user_id, bytes, seconds: READ_SECONDS }
  return {
    name,
    bytes,
    use: (signal, task) =>
      work.read.run({ ...request, signal }, async (budget) => task(await open({ db, budget }))),
  }
}

/** @throws AppError `backtest_unfinished` */
export async function tradesSource(platform: Platform, row: BacktestRow): Promise<TableSource<keyof Trade>> {
  const { closedTrades, openTrades } = await summaryOf(platform, row)
  const facts = { name: 'trades', rows: closedTrades + openTrades }
  return storedSource(platform, row, facts, async (reading) =>
    tradesView(await findTable(reading, row.result_key, 'trades'), specOf(row), closedTrades),
  )
}

/** @throws AppError `backtest_unfinished` */
export async function ordersSource(platform: Platform, row: BacktestRow): Promise<TableSource<keyof Order>> {
  const { orders } = await summaryOf(platform, row)
  return storedSource(platform, row, { name: 'orders', rows: orders }, async (reading) =>
    ordersView(await findTable(reading, row.result_key, 'orders'), specOf(row)),
  )
}

/**
 * The equity of each day, which is stored, or of each bar, which is computed again.
 * @throws AppError `backtest_unfinished`
 */
export async function equitySource(
  platform: Platform,
  row: BacktestRow,
  resolution: 'bar' | 'day',
): Promise<TableSource<'peak' | EquityColumn>> {
  const { bars } = await summaryOf(platform, row)
  const { initialCapital } = specOf(row).settings
  if (resolution === 'day') {
    return storedSource(platform, row, { name: 'equity', rows: bars }, async (reading) =>
      equityView(await findTable(reading, row.result_key, 'daily'), initialCapital),
    )
  }
  return {
    name: 'equity',
    bytes: GROUP_BYTES + bars * (SORT_BYTES + CURVE_BYTES),
    use: (signal, task) =>
      withRun(platform, row, signal, async (budget, input, summary) =>
        task(equityView(barTable(await curveAgain(platform, row, budget, input, summary)), initialCapital)),
      ),
  }
}
