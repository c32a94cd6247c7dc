import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { isUuid } from '../platform/uuid.ts'
import { specOf } from './backtest-view.ts'
import { findBacktest } from './backtests-repository.ts'
import { findDaily } from './results-repository.ts'
import { summaryOf } from './run-again.ts'

const MOST = 20

/**
 * The caller's backtests beside each other. Equity is in multiples of each run's initial capital.
 * @throws AppError `validation_failed`, `backtest_not_found`, `backtest_unfinished`
 */
export async function compareBacktests(platform: Platform, userId: string, ids: readonly string[]) {
  const { db } = platform
  if (ids.length > MOST) {
    throw new AppError('validation_failed', {
      detail: `At most ${MOST} backtests can be compared.`,
      fields: { ids: `must be at most ${MOST}` },
    })
  }
  const runs = await Promise.all(
    ids.map(async (id) => {
      const row = isUuid(id) ? await findBacktest(db, userId, id) : undefined
      if (row === undefined) throw new AppError('backtest_not_found')
      const { metrics } = await summaryOf(platform, row)
      return { row, metrics, daily: await findDaily(db, row.result_key) }
    }),
  )
  const days = [...new Set(runs.flatMap(({ daily }) => [...daily.day]))].sort((a, b) => a - b)
  const backtests = runs.map(({ row, metrics, daily }) => {
    const { initialCapital } = specOf(row).settings
    const values = new Map(
      [...daily.day].map((day, at) => [day, (daily.equity[at] as number) / initialCapital]),
    )
    return { id: row.id, name: row.name, metrics, equity: days.map((day) => values.get(day) ?? null) }
  })
  return { backtests, days: days.map((day) => new Date(day).toISOString().slice(0, 10)) }
}
