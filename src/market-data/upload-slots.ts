import { AppError } from '../platform/errors.ts'
import { tooManyImports } from './begin-import.ts'

export type UploadSlots = {
  /**
   * Counts an upload from its first byte, before it has sent anything else.
   * @returns frees the slot
   * @throws AppError `too_many_imports` for the user, `overloaded` for the process
   */
  take(userId: string): () => void
}

const WAIT_SECONDS = 10

/** Counts the open uploads of this process, in memory: a connection that sends nothing costs a slot and no query. */
export function uploadSlots(limits: { perUser: number; total: number }): UploadSlots {
  const open = new Map<string, number>()
  let total = 0
  return {
    take(userId) {
      const own = open.get(userId) ?? 0
      if (own >= limits.perUser) throw tooManyImports(own, limits.perUser)
      if (total >= limits.total) {
        const detail = 'The server is receiving the maximum number of uploads. Try again in a moment.'
        throw new AppError('overloaded', { detail, retryAfterSeconds: WAIT_SECONDS })
      }
      open.set(userId, own + 1)
      total += 1
      return () => {
        const left = (open.get(userId) ?? 1) - 1
        if (left === 0) open.delete(userId)
        else open.set(userId, left)
        total -= 1
      }
    },
  }
}
