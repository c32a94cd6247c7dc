import type { Db } from '../platform/database/database.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import type { CollectedChunk } from './collect-rows.ts'
import { holdImport } from './imports-repository.ts'
import { makeChunk } from './make-chunk.ts'
import type { ParsedChunk } from './parse-upload.ts'
import { insertChunk, stageChunk } from './revisions-repository.ts'
import type { Series } from './series.ts'
import type { StorageMeter } from './storage-usage.ts'

/** The import that chunks are staged for. */
export type Stage = { importId: string; ownerId: string; series: Series; meter: StorageMeter }

/**
 * Store a chunk where nobody sees it yet.
 * @throws AppError `storage_full`, `import_cancelled`
 */
export async function storeChunk(
  db: Db,
  { importId, ownerId, meter }: Stage,
  { periodStart, facts, data }: ParsedChunk,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await holdImport(tx, importId)
    const { key, isNew } = await insertChunk(tx, ownerId, facts, data)
    await stageChunk(tx, importId, new Date(periodStart), key)
    if (isNew) await meter.add(tx, facts.bytes)
  })
}

/**
 * Store rows as a chunk where nobody sees it yet.
 * @throws AppError `storage_full`, `import_cancelled`
 */
export async function stageColumns(
  db: Db,
  stage: Stage,
  { periodStart, columns }: CollectedChunk,
): Promise<void> {
  await storeChunk(db, stage, { ...(await makeChunk(stage.series, columns)), periodStart })
}
