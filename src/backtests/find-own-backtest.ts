import type { FastifyRequest } from 'fastify'
import type { BacktestRow } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { callerOf } from '../sessions/guard.ts'
import { findBacktest } from './backtests-repository.ts'

/**
 * The caller's backtest that the path names.
 * @throws AppError `backtest_not_found`, for a foreign one as well
 */
export async function findOwnBacktest(
  { db }: Pick<Platform, 'db'>,
  request: FastifyRequest<{ Params: { id: string } }>,
): Promise<BacktestRow> {
  const { id } = request.params
  const row = await findBacktest(db, callerOf(request).user.id, id)
  if (row === undefined) throw new AppError('backtest_not_found')
  return row
}
