import type { Columns } from './series.ts'

/**
 * The decoded chunks that were used last, by their storage keys: accounts with equal data do not share entries. Chunks are
 * immutable, so no entry is ever out of date.
 */
export type ChunkCache = {
  find(key: string): Columns | undefined
  add(key: string, columns: Columns): void
}

/** @param maxBytes above which what was not asked for the longest is let go */
export function createChunkCache(maxBytes: number): ChunkCache {
  const kept = new Map<string, Columns>()
  let bytes = 0
  const size = (columns: Columns) => columns.reduce((sum, column) => sum + column.byteLength, 0)
  const forget = (key: string) => {
    bytes -= size(kept.get(key) ?? [])
    kept.delete(key)
  }
  return {
    find(key) {
      const columns = kept.get(key)
      if (columns === undefined) return undefined
      // A map keeps the order in which keys came.
      kept.delete(key)
      kept.set(key, columns)
      return columns
    },
    add(key, columns) {
      forget(key)
      kept.set(key, columns)
      bytes += size(columns)
      for (const oldest of kept.keys()) {
        if (bytes <= maxBytes) break
        forget(oldest)
      }
    },
  }
}
