import { randomUUIDv7 } from 'node:crypto'
import type { Tx } from '../platform/database/database.ts'
import type { StrategyRow } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { checkDocument } from './check-document.ts'
import { inTurn } from './in-turn.ts'
import type { Diagnostic } from './language/diagnostic.ts'
import { countStrategies, insertStrategy, lockCount } from './strategies-repository.ts'
import { requireStrategyQuota } from './strategy-bytes.ts'
import { insertVersion, type NewVersion } from './versions-repository.ts'

/** Archived ones take room as well: so many times as many there may be in all. */
const WITH_ARCHIVED = 10

/** Call it under the lock of the count. @throws AppError `too_many_strategies` */
export async function requireRoom(
  { config }: Pick<Platform, 'config'>,
  tx: Tx,
  userId: string,
  { isNew }: { isNew: boolean },
): Promise<void> {
  const { maxPerUser } = config.strategies
  const { active, total } = await countStrategies(tx, userId)
  const isFull = active >= maxPerUser
  if (!isFull && !(isNew && total >= maxPerUser * WITH_ARCHIVED)) return
  const detail = isFull
    ? `You have ${active} strategies, as many as you may have. Archive one that you do not use.`
    : `You have ${total} strategies with the archived ones, as many as are kept.`
  throw new AppError('too_many_strategies', { detail })
}

export type NewStrategy = {
  /** The document's own where it is left out. */
  name?: string
  description: string
  note: string
  document: unknown
}

export type SavedStrategy = { strategy: StrategyRow; version: NewVersion; warnings: Diagnostic[] }

/**
 * Saves a strategy with its first version.
 * @throws AppError `invalid_strategy`, `too_many_strategies`, `strategies_full`
 */
export async function createStrategy(
  platform: Pick<Platform, 'db' | 'clock' | 'config' | 'work'>,
  userId: string,
  { name, description, note, document }: NewStrategy,
): Promise<SavedStrategy> {
  const { plan, hash, warnings } = await inTurn(platform, userId, () => checkDocument(document))
  const now = platform.clock.now()
  const strategy: StrategyRow = {
    id: randomUUIDv7(),
    user_id: userId,
    name: name ?? plan.name,
    description,
    latest_version: 1,
    archived_at: null,
    created_at: now,
    updated_at: now,
  }
  const version = { strategy_id: strategy.id, number: 1, note, hash, document, created_at: now }
  await inTransaction(platform.db, async (tx) => {
    await lockCount(tx, userId)
    await requireRoom(platform, tx, userId, { isNew: true })
    await insertStrategy(tx, strategy)
    await insertVersion(tx, version)
    await requireStrategyQuota(tx, platform.config, userId)
  })
  return { strategy, version, warnings }
}
