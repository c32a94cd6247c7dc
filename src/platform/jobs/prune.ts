import type { Logger } from '../logging.ts'

/** Rows a statement removes at most: locks stay short, however much there is. */
export const PRUNE_BATCH = 1_000

/** Removes batch after batch until one is not full. @returns how many in all */
export async function prune(
  log: Logger,
  what: string,
  signal: AbortSignal,
  removeBatch: (batch: number) => Promise<number>,
): Promise<number> {
  let removed = 0
  let last = PRUNE_BATCH
  while (last >= PRUNE_BATCH && !signal.aborted) {
    last = await removeBatch(PRUNE_BATCH)
    removed += last
  }
  if (removed > 0) log.info({ what, removed }, 'removed what had expired')
  return removed
}
