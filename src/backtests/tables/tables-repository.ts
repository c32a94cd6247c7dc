import { sql } from 'kysely'
import type { Trade } from '../../engine/outcome.ts'
import type { Db } from '../../platform/database/database.ts'
import { AppError } from '../../platform/errors.ts'
import type { WorkBudget } from '../../platform/limits/work-queue.ts'
import { ORDER_NAMES, type Order, TRADE_NAMES } from '../outcome-tables.ts'
import type { ColumnarTable } from './columnar-table.ts'
import type { EquityColumn } from './result-views.ts'
import { openStoredTable } from './stored-table.ts'
import { decodeOlderTable, encodeTable } from './table-codec.ts'

type Columns = { trades: keyof Trade; orders: keyof Order; daily: EquityColumn }
export type TableName = keyof Columns

const NAMES: { [Name in TableName]: readonly Columns[Name][] } = {
  trades: TRADE_NAMES,
  orders: ORDER_NAMES,
  daily: ['time', 'equity', 'buyAndHold'],
}

/** @throws AppError `backtest_not_found` where the result was deleted meanwhile */
async function readBytes(db: Db, key: Buffer, name: TableName, from: number, to: number): Promise<Buffer> {
  const { rows } = await sql<{ bytes: Buffer }>`
    SELECT substring(${sql.ref(name)} FROM ${from + 1} FOR ${to - from}) AS bytes
    FROM backtest_results WHERE key = ${key}`.execute(db)
  if (rows[0] === undefined) throw new AppError('backtest_not_found')
  return rows[0].bytes
}

const MAX_BYTES = 2 ** 30

async function rewriteTable(db: Db, key: Buffer, name: TableName): Promise<void> {
  const encoded = await encodeTable(await decodeOlderTable(await readBytes(db, key, name, 0, MAX_BYTES)))
  await db
    .updateTable('backtest_results')
    .set({ [name]: encoded })
    .where('key', '=', key)
    .execute()
}

/** What a table is read with: a place in a work queue among it. */
export type TableReading = { db: Db; budget: WorkBudget }

let rewriting: Promise<unknown> = Promise.resolve()

/** Rewrites one table at a time: it is in memory as a whole meanwhile. */
function rewriteInTurn(db: Db, key: Buffer, name: TableName): Promise<void> {
  const turn = rewriting.then(() => rewriteTable(db, key, name))
  rewriting = turn.catch(() => undefined)
  return turn
}

/**
 * Open a table of a result. Its rows are read as they are needed: at most one group of them is in memory at a time. A
 * table of the older format, which can only be read as a whole, is rewritten first.
 * @throws AppError `backtest_not_found` where the result was deleted meanwhile, here and in each reading
 */
export async function findTable<Name extends TableName>(
  { db, budget }: TableReading,
  key: Buffer,
  name: Name,
): Promise<ColumnarTable<Columns[Name]>> {
  budget.signal.throwIfAborted()
  const open = () => openStoredTable(NAMES[name], (from, to) => readBytes(db, key, name, from, to))
  const table = await open()
  if (table !== undefined) return table
  await rewriteInTurn(db, key, name)
  return (await open()) as ColumnarTable<Columns[Name]>
}
