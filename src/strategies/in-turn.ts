import { setImmediate } from 'node:timers/promises'
import type { Platform } from '../platform/platform.ts'

/** Checking takes at most some 20 ms; this is a limit for waiting requests, not for the check. */
const CHECKING = { bytes: 1, seconds: 60 }

/**
 * Check a document when it is the user's turn: one at a time in a process, so that the event loop answers other
 * requests between two checks.
 * @throws AppError `rate_limited`, `overloaded`
 */
export function inTurn<T>({ work }: Pick<Platform, 'work'>, userId: string, check: () => T): Promise<T> {
  const { signal } = new AbortController()
  return work.check.run({ userId, signal, ...CHECKING }, async () => {
    await setImmediate()
    return check()
  })
}
