import type { Db, Tx } from './database.ts'
import { isWorthAnotherTry } from './database-errors.ts'

const TRIES = 3

/**
 * Runs `work` in a transaction, again from its beginning where it lost a race that only the database sees: a deadlock
 * that was broken at its cost, or a row that it refers to and that went meanwhile. `work` reads what it needs itself.
 */
export async function inTransaction<T>(
  db: Db,
  work: (tx: Tx) => Promise<T>,
  tries: number = TRIES,
): Promise<T> {
  try {
    return await db.transaction().execute(work)
  } catch (error) {
    if (tries <= 1 || !isWorthAnotherTry(error)) throw error
    return inTransaction(db, work, tries - 1)
  }
}
