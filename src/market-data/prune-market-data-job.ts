import { inTransaction } from '../platform/database/transaction.ts'
import type { JobDefinition } from '../platform/jobs/jobs.ts'
import { prune } from '../platform/jobs/prune.ts'
import type { Platform } from '../platform/platform.ts'
import { failImport } from './fail-import.ts'
import { deleteOldImports, findLostStages, findLostUploads } from './imports-repository.ts'
import { deleteOldRevisions, deleteOwnerlessChunks, unstage } from './revisions-repository.ts'

const HOUR_MS = 3_600_000
/** Somebody may still be reading a revision that was replaced. */
const REVISION_HOURS = 1
/** Of the records of imports that ended. */
const IMPORT_DAYS = 90
const LOST = { code: 'internal_error', detail: 'The upload ended without a word. Send it again.' }
/** A revision has up to some thousand chunks. */
const REVISIONS_AT_ONCE = 20
/** A chunk has up to some MB. */
const CHUNKS_AT_ONCE = 100

/** Sweeps up: revisions that nobody needs, with their chunks, and what dead processes left of their imports. */
export function pruneMarketDataJob(platform: Platform): JobDefinition {
  const { db, clock, log, config } = platform
  const before = (hours: number) => new Date(clock.now().getTime() - hours * HOUR_MS)
  return {
    name: 'prune_market_data',
    cron: '*/10 * * * *',
    async run(_payload, signal) {
      const uploadHours = config.market.uploadSeconds / 3_600 + 1
      for (const id of await findLostUploads(db, before(uploadHours), 100))
        await failImport(platform, id, LOST)
      for (const id of await findLostStages(db, 100)) await inTransaction(db, (tx) => unstage(tx, id))
      let removed = REVISIONS_AT_ONCE
      while (removed === REVISIONS_AT_ONCE && !signal.aborted) {
        removed = await inTransaction(db, (tx) =>
          deleteOldRevisions(tx, before(REVISION_HOURS), REVISIONS_AT_ONCE),
        )
      }
      let chunks = CHUNKS_AT_ONCE
      while (chunks === CHUNKS_AT_ONCE && !signal.aborted) {
        chunks = await deleteOwnerlessChunks(db, CHUNKS_AT_ONCE)
      }
      await prune(log, 'imports', signal, (batch) => deleteOldImports(db, before(IMPORT_DAYS * 24), batch))
    },
  }
}
