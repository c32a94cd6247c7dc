import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import type { Platform } from '../platform/platform.ts'
import { recordImport } from './imports-repository.ts'
import { unstage } from './revisions-repository.ts'

export type ImportFault = { code: string; detail: string }

/** What a client is told of what was thrown. */
export function importFault(thrown: unknown): ImportFault {
  if (thrown instanceof AppError) return { code: thrown.code, detail: thrown.detail }
  return { code: 'internal_error', detail: 'Something went wrong on our side.' }
}

/** Writes down that an import failed, and forgets what it had staged. */
export async function failImport(
  { db, clock }: Pick<Platform, 'db' | 'clock'>,
  importId: string,
  { code, detail }: ImportFault,
): Promise<void> {
  await inTransaction(db, (tx) =>
    recordImport(tx, importId, { state: 'failed', error: { code, detail } }, clock.now()),
  )
  await inTransaction(db, (tx) => unstage(tx, importId))
}
