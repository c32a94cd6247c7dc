import type { Columns } from './series.ts'

/** Decoded chunks by hash, those that were asked for last. Chunks never change, so nothing in it is ever out of date. */
export type ChunkCache = {
  find(hash: string): Columns | undefined
  add(hash: string, columns: Columns): void
}

/** @param maxBytes above which what was not asked for the longest is let go */
export function createChunkCache(maxBytes: number): ChunkCache {
  const kept = new Map<string, Columns>()
  let bytes = 0
  const size = (columns: Columns) => columns.reduce((sum, column) => sum + column.byteLength, 0)
  const forget = (hash: string) => {
    bytes -= size(kept.get(hash) ?? [])
    kept.delete(hash)
  }
  return {
    find(hash) {
      const columns = kept.get(hash)
      if (columns === undefined) return undefined
      // A map keeps the order in which keys came.
      kept.delete(hash)
      kept.set(hash, columns)
      return columns
    },
    add(hash, columns) {
      forget(hash)
      kept.set(hash, columns)
      bytes += size(columns)
      for (const oldest of kept.keys()) {
        if (bytes <= maxBytes) break
        forget(oldest)
      }
    },
  }
}
