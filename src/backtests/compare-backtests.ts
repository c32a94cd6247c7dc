import { AppError } from '../platform/errors.ts'
import { isUuid } from '../platform/uuid.ts'
import { specOf } from './backtest-view.ts'
import { findBacktest } from './backtests-repository.ts'
import type { Summary } from './results-repository.ts'
import { summaryOf } from './run-again.ts'
import { type ColumnarTable, readColumn } from './tables/columnar-table.ts'
import { mergeTimes } from './tables/merge-times.ts'
import type { EquityColumn } from './tables/result-views.ts'
import { findTable, type TableReading } from './tables/tables-repository.ts'

const MOST = 20

export type Compared = {
  id: string
  name: string
  metrics: Summary['metrics']
  initialCapital: number
  daily: ColumnarTable<EquityColumn>
}

/** Backtests, and the days of all of them, UTC in ms. */
export type Comparison = { runs: readonly Compared[]; days: Float64Array }

async function comparedOf(reading: TableReading, userId: string, id: string): Promise<Compared> {
  const row = isUuid(id) ? await findBacktest(reading.db, userId, id) : undefined
  if (row === undefined) throw new AppError('backtest_not_found')
  const { metrics } = await summaryOf(reading, row)
  const daily = await findTable(reading, row.result_key, 'daily')
  const { initialCapital } = specOf(row).settings
  return { id: row.id, name: row.name, metrics, initialCapital, daily }
}

/**
 * Put the caller's backtests beside each other.
 * @throws AppError `validation_failed`, `backtest_not_found`, `backtest_unfinished`
 */
export async function compareBacktests(
  reading: TableReading,
  userId: string,
  ids: readonly string[],
): Promise<Comparison> {
  if (ids.length > MOST) {
    throw new AppError('validation_failed', {
      detail: `At most ${MOST} backtests can be compared.`,
      fields: { ids: `must be at most ${MOST}` },
    })
  }
  const runs = await Promise.all(ids.map((id) => comparedOf(reading, userId, id)))
  let days: Float64Array = new Float64Array(0)
  for (const { daily } of runs) days = await mergeTimes(days, await readColumn(daily, 'time'))
  return { runs, days }
}
