import { sql } from 'kysely'
import type { Config } from '../platform/config.ts'
import type { Db, Tx } from '../platform/database/database.ts'
import { AppError } from '../platform/errors.ts'
import { deleteUnusedRevisions } from './revisions-repository.ts'

/** What a chunk, or a revision with its dataset, instrument and import, takes beside the chunk's data. */
export const ROW_BYTES = 4_096
/** What one chunk in the list of a revision takes. */
const ENTRY_BYTES = 256
/** Revisions that are removed to make room for an import. */
const RECLAIMED_AT_ONCE = 100
/** An upload counts what is stored again after this much. */
const MAX_STEP_BYTES = 8 * 1024 * 1024
const STEPS = 16
const MEGABYTE = 1024 * 1024

/** Bytes of an owner's market data by what keeps them. */
export type StorageUsage = {
  total: number
  /** Current revisions of datasets. */
  datasets: number
  /** Earlier revisions: kept by backtests, or not yet removed. */
  earlier: number
  /** Imports that have not ended. */
  staged: number
}

/** Makes transactions that store market data for one user wait for each other, so that the quota holds. */
export async function lockStorage(db: Db, userId: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`market-storage ${userId}`}, 0))`.execute(db)
}

/** All bytes that are kept for an owner: current, earlier and staged. */
export async function storedBytes(db: Db, ownerId: string): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    SELECT (
      (SELECT coalesce(sum(bytes), 0) + ${ROW_BYTES} * count(*) FROM chunks WHERE owner_id = ${ownerId}) +
      (SELECT ${ENTRY_BYTES} * coalesce(sum(chunk_count), 0) + ${ROW_BYTES} * count(*)
        FROM dataset_revisions WHERE owner_id = ${ownerId}))::float8 AS bytes`.execute(db)
  return (rows[0] as { bytes: number }).bytes
}

/** What an owner's storage consists of. */
export async function storageUsage(db: Db, ownerId: string): Promise<StorageUsage> {
  const total = await storedBytes(db, ownerId)
  const { rows } = await sql<{ datasets: number; staged: number }>`
    WITH current AS (
      SELECT id, chunk_count FROM dataset_revisions
      WHERE owner_id = ${ownerId} AND dataset_id IS NOT NULL AND superseded_at IS NULL)
    SELECT (
      (SELECT coalesce(sum(bytes), 0) + ${ROW_BYTES} * count(*) FROM chunks WHERE key IN (
        SELECT chunk_key FROM revision_chunks JOIN current ON current.id = revision_id)) +
      (SELECT ${ENTRY_BYTES} * coalesce(sum(chunk_count), 0) + ${ROW_BYTES} * count(*) FROM current)
      )::float8 AS datasets,
      (SELECT coalesce(sum(bytes), 0) + ${ROW_BYTES} * count(*) FROM chunks WHERE key IN (
        SELECT chunk_key FROM staged_chunks JOIN imports ON imports.id = import_id AND user_id = ${ownerId})
        AND NOT EXISTS (SELECT FROM revision_chunks WHERE chunk_key = key))::float8 AS staged`.execute(db)
  const { datasets, staged } = rows[0] as { datasets: number; staged: number }
  return { total, datasets, earlier: Math.max(0, total - datasets - staged), staged }
}

function storageFull({ total, datasets, earlier, staged }: StorageUsage, quota: number): AppError {
  const shown = (value: number) => `${(value / MEGABYTE).toFixed(1)} MB`
  return new AppError('storage_full', {
    detail:
      `Your market data would take ${shown(total)} of ${shown(quota)}: ${shown(datasets)} in datasets, ` +
      `${shown(earlier)} in earlier revisions (kept by backtests, or replaced within the last hour), ` +
      `${shown(staged)} in imports that have not ended. ` +
      'Delete datasets or the backtests that keep earlier revisions, or ask the operator for more.',
    fields: {
      ...{ stored_bytes: String(total), quota_bytes: String(quota), datasets_bytes: String(datasets) },
      ...{ earlier_bytes: String(earlier), staged_bytes: String(staged) },
    },
  })
}

/**
 * Checks the quota of an owner; removes what nothing needs any more before it refuses.
 * @param most bytes that may be stored already
 * @returns bytes that are stored
 * @throws AppError `storage_full`
 */
async function requireAtMost(tx: Tx, config: Config, ownerId: string, most: number): Promise<number> {
  const bytes = await storedBytes(tx, ownerId)
  if (bytes <= most) return bytes
  await deleteUnusedRevisions(tx, ownerId, RECLAIMED_AT_ONCE)
  const usage = await storageUsage(tx, ownerId)
  if (usage.total <= most) return usage.total
  throw storageFull(usage, config.market.storageBytesPerUser)
}

/** @throws AppError `storage_full` where nothing more can be stored */
export async function requireFreeStorage(tx: Tx, config: Config, ownerId: string): Promise<void> {
  await requireAtMost(tx, config, ownerId, config.market.storageBytesPerUser - 1)
}

/** @throws AppError `storage_full` where more is stored than may be */
export async function requireStorageQuota(tx: Tx, config: Config, ownerId: string): Promise<number> {
  return requireAtMost(tx, config, ownerId, config.market.storageBytesPerUser)
}

/** Watches the quota while an import stages its chunks. */
export type StorageMeter = {
  /**
   * Call it in the transaction that has stored a chunk, with the bytes of its data.
   * @throws AppError `storage_full`
   */
  add(tx: Tx, bytes: number): Promise<void>
}

/** Counts in memory and looks at the database now and then: its count takes longer the more chunks there are. */
export function createStorageMeter(config: Config, ownerId: string): StorageMeter {
  const { storageBytesPerUser: quota } = config.market
  const step = Math.min(MAX_STEP_BYTES, quota / STEPS)
  let [added, allowed] = [0, 0]
  return {
    async add(tx, bytes) {
      added += bytes + ROW_BYTES
      if (added <= allowed) return
      const stored = await requireStorageQuota(tx, config, ownerId)
      allowed = Math.min(step, quota - stored)
      added = 0
    },
  }
}
