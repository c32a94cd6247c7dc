import type { FastifyRequest } from 'fastify'
import type { Db } from '../platform/database/database.ts'
import type { StrategyRow, StrategyVersionRow } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import { callerOf } from '../sessions/guard.ts'
import { findStrategy } from './strategies-repository.ts'
import { findVersion } from './versions-repository.ts'

type StrategyRequest = FastifyRequest<{ Params: { id: string } }>

/** The caller and the strategy that the path names. */
export function strategyKeyOf(request: StrategyRequest): { userId: string; id: string } {
  return { userId: callerOf(request).user.id, id: request.params.id }
}

/**
 * The caller's strategy that a path names.
 * @throws AppError `strategy_not_found` for an unknown, a foreign and a malformed id alike
 */
export async function findOwnStrategy(db: Db, request: StrategyRequest): Promise<StrategyRow> {
  const { userId, id } = strategyKeyOf(request)
  const strategy = await findStrategy(db, userId, id)
  if (strategy === undefined) throw new AppError('strategy_not_found')
  return strategy
}

/** @throws AppError `version_not_found` */
export async function requireVersion(
  db: Db,
  { id }: Pick<StrategyRow, 'id'>,
  number: number,
): Promise<StrategyVersionRow> {
  const version = await findVersion(db, id, number)
  if (version === undefined) throw new AppError('version_not_found')
  return version
}
