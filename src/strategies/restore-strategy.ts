import type { StrategyRow } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { requireRoom } from './create-strategy.ts'
import { findStrategy, lockCount, updateStrategy } from './strategies-repository.ts'

/**
 * Takes a strategy out of the archive; one that is not there stays as it is.
 * @throws AppError `strategy_not_found`, `too_many_strategies`
 */
export async function restoreStrategy(
  platform: Pick<Platform, 'db' | 'clock' | 'config'>,
  userId: string,
  id: string,
): Promise<StrategyRow> {
  return inTransaction(platform.db, async (tx) => {
    await lockCount(tx, userId)
    const strategy = await findStrategy(tx, userId, id)
    if (strategy === undefined) throw new AppError('strategy_not_found')
    if (strategy.archived_at === null) return strategy
    await requireRoom(platform, tx, userId, { isNew: false })
    const changes = { archived_at: null, updated_at: platform.clock.now() }
    return updateStrategy(tx, userId, id, changes)
  })
}
