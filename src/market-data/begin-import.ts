import type { Db } from '../platform/database/database.ts'
import type { ImportRow } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import {
  countUnfinishedImports,
  deleteSurplusImports,
  insertImport,
  type NewImport,
} from './imports-repository.ts'
import { lockStorage, requireFreeStorage } from './storage-usage.ts'

const WAIT_SECONDS = 10
/** Records of a user's ended imports beyond these are removed, the oldest first. */
const MAX_RECORDS = 1_000

export function tooManyImports(unfinished: number, allowed: number): AppError {
  return new AppError('too_many_imports', {
    detail: `${unfinished} of your ${allowed} imports at once are not finished. Wait for one, or cancel it.`,
    retryAfterSeconds: WAIT_SECONDS,
  })
}

/**
 * Writes an import down that is about to begin.
 * @param also what has to be in the same transaction
 * @throws AppError `too_many_imports`, `storage_full`
 */
export async function beginImport(
  { db, config, clock }: Pick<Platform, 'db' | 'config' | 'clock'>,
  wanted: NewImport,
  also: (tx: Db, row: ImportRow) => Promise<void> = async () => {},
): Promise<ImportRow> {
  const { maxImportsPerUser } = config.market
  return inTransaction(db, async (tx) => {
    await lockStorage(tx, wanted.userId)
    const unfinished = await countUnfinishedImports(tx, wanted.userId)
    if (unfinished >= maxImportsPerUser) throw tooManyImports(unfinished, maxImportsPerUser)
    await requireFreeStorage(tx, config, wanted.userId)
    await deleteSurplusImports(tx, wanted.userId, MAX_RECORDS)
    const row = await insertImport(tx, wanted, clock.now())
    await also(tx, row)
    return row
  })
}
