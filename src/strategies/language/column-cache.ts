import type { Candles } from '../../market-data/candles.ts'
import type { Timeframe } from '../../market-data/timeframe.ts'
import { ColumnMemory } from '../../numerics/column-memory.ts'
import { type Frame, type LargerFrame, largerFrame } from './frames.ts'

export type Column = Float64Array | Uint8Array

/** Columns of one instrument's candles, to be shared by plans that have subexpressions in common. */
export type ColumnCache = {
  readonly candles: Candles
  /** Where columns come from that are not kept. */
  readonly memory: ColumnMemory
  /** Whether it keeps columns at all. */
  readonly keeps: boolean
  /** The number of a subexpression, by what it says in terms of such numbers, and whether nobody asked before. */
  idOf(key: string): { id: number; isNew: boolean }
  find(id: number): Column[] | undefined
  keep(id: number, columns: Column[]): void
  /** Bars of a larger timeframe, made when they are first needed. */
  frame(base: Frame, timeframe: Timeframe): LargerFrame
}

const CACHE_BYTES = 256 * 1024 * 1024

/**
 * @param maxBytes of columns; what was not used for longest goes first
 * @param memory of what is not kept, to be used again once nobody reads it any more
 */
export function createColumnCache(
  candles: Candles,
  maxBytes: number = CACHE_BYTES,
  memory: ColumnMemory = new ColumnMemory(),
): ColumnCache {
  const ids = new Map<string, number>()
  const columns = new Map<number, Column[]>()
  const frames = new Map<Timeframe, LargerFrame>()
  let bytes = 0
  const sizeOf = (list: Column[]) => list.reduce((sum, { byteLength }) => sum + byteLength, 0)
  return {
    candles,
    memory,
    keeps: maxBytes > 0,
    idOf(key) {
      const known = ids.get(key)
      if (known !== undefined) return { id: known, isNew: false }
      ids.set(key, ids.size)
      return { id: ids.size - 1, isNew: true }
    },
    find(id) {
      const found = columns.get(id)
      // What was used last goes last; nothing goes while there is room.
      if (found !== undefined && bytes > maxBytes / 2) {
        columns.delete(id)
        columns.set(id, found)
      }
      return found
    },
    keep(id, list) {
      columns.set(id, list)
      bytes += sizeOf(list)
      for (const [oldest, old] of columns) {
        if (bytes <= maxBytes) break
        columns.delete(oldest)
        bytes -= sizeOf(old)
      }
    },
    frame(base, timeframe) {
      const frame = frames.get(timeframe) ?? largerFrame(base, timeframe)
      frames.set(timeframe, frame)
      return frame
    },
  }
}
