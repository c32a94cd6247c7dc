import type { StrategyRow } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { checkDocument } from './check-document.ts'
import { inTurn } from './in-turn.ts'
import type { Diagnostic } from './language/diagnostic.ts'
import { findStrategy, lockCount } from './strategies-repository.ts'
import { requireStrategyQuota } from './strategy-bytes.ts'
import { insertVersion, type NewVersion, takeNumber } from './versions-repository.ts'

/**
 * Adds the next version of a strategy. The database counts, so that those who add at the same time get numbers of their
 * own without a gap.
 * @throws AppError `invalid_strategy`, `strategy_archived`, `strategy_not_found`, `too_many_versions`, `strategies_full`
 */
export async function addVersion(
  platform: Pick<Platform, 'db' | 'clock' | 'config' | 'work'>,
  { id, user_id: userId }: Pick<StrategyRow, 'id' | 'user_id'>,
  { document, note }: { document: unknown; note: string },
): Promise<{ version: NewVersion; warnings: Diagnostic[] }> {
  const { db, clock, config } = platform
  const { hash, warnings } = await inTurn(platform, userId, () => checkDocument(document))
  const now = clock.now()
  const version = await inTransaction(db, async (tx) => {
    await lockCount(tx, userId)
    const number = await takeNumber(tx, id, now)
    if (number === undefined) {
      const isThere = (await findStrategy(tx, userId, id)) !== undefined
      throw new AppError(isThere ? 'strategy_archived' : 'strategy_not_found')
    }
    if (number > config.strategies.maxVersions) {
      const detail = `The strategy has ${number - 1} versions, as many as it may have.`
      throw new AppError('too_many_versions', { detail })
    }
    const added = { strategy_id: id, number, note, hash, document, created_at: now }
    await insertVersion(tx, added)
    await requireStrategyQuota(tx, config, userId)
    return added
  })
  return { version, warnings }
}
