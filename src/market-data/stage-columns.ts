import type { Db } from '../platform/database/database.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import type { CollectedChunk } from './collect-rows.ts'
import { holdImport } from './imports-repository.ts'
import { makeChunk } from './publish-chunks.ts'
import { insertChunk, stageChunk } from './revisions-repository.ts'
import type { Series } from './series.ts'
import type { StorageMeter } from './storage-usage.ts'

/** The import that chunks are staged for. */
export type Stage = { importId: string; ownerId: string; series: Series; meter: StorageMeter }

/**
 * Stores a chunk where nobody sees it yet.
 * @throws AppError `storage_full`, `import_cancelled`
 */
export async function stageColumns(
  db: Db,
  { importId, ownerId, series, meter }: Stage,
  { periodStart, columns }: CollectedChunk,
): Promise<void> {
  const { facts, data } = await makeChunk(ownerId, series, columns)
  await inTransaction(db, async (tx) => {
    await holdImport(tx, importId)
    const isNew = await insertChunk(tx, ownerId, facts, data)
    await stageChunk(tx, importId, new Date(periodStart), facts.key)
    if (isNew) await meter.add(tx, facts.bytes)
  })
}
