import { createHash, type Hash } from 'node:crypto'
import { bytesOf, wordsOf } from '../numerics/memory-views.ts'
import type { Columns, Series } from './series.ts'

/** Rows that are brought into their canonical form at once. */
const BLOCK = 8_192
const HIGH_WORD = 2 ** 32
const NAN_HIGH_WORD = 0x7ff80000

const block = new Float64Array(BLOCK)
const words = wordsOf(block)
const bytes = bytesOf(block)

/** Whole numbers as little-endian signed integers of 64 bits. */
function updateIntegers(hash: Hash, column: Float64Array): void {
  for (let from = 0; from < column.length; from += BLOCK) {
    const rows = Math.min(BLOCK, column.length - from)
    for (let row = 0; row < rows; row++) {
      const value = column[from + row] as number
      const high = Math.floor(value / HIGH_WORD)
      words[2 * row] = value - high * HIGH_WORD
      words[2 * row + 1] = high
    }
    hash.update(bytes.subarray(0, rows * 8))
  }
}

/** Little-endian IEEE doubles; −0 as +0, every NaN as one. */
function updateDoubles(hash: Hash, column: Float64Array): void {
  for (let from = 0; from < column.length; from += BLOCK) {
    const rows = Math.min(BLOCK, column.length - from)
    for (let row = 0; row < rows; row++) {
      const value = column[from + row] as number
      block[row] = value + 0
      if (Number.isNaN(value)) {
        words[2 * row] = 0
        words[2 * row + 1] = NAN_HIGH_WORD
      }
    }
    hash.update(bytes.subarray(0, rows * 8))
  }
}

/**
 * SHA-256 over values, never over how they are stored: the header's lines, the number of rows, then each column in
 * order, as little-endian 64-bit values: the first (times, whole and not negative) as integers, the others as doubles.
 */
export function canonicalHash(header: readonly string[], columns: Columns): Buffer {
  const [times = new Float64Array(0), ...values] = columns
  const hash = createHash('sha256')
  hash.update([...header, times.length, ''].join('\n'))
  updateIntegers(hash, times)
  for (const column of values) updateDoubles(hash, column)
  return hash.digest()
}

/** The identity of rows of a series: of a chunk, or of what a run has read. */
export function hashRows(series: Series, columns: Columns): Buffer {
  return canonicalHash(
    [series === 'funding' ? 'crypalgos-funding-1' : 'crypalgos-candles-1', series],
    columns,
  )
}

/** The identity of a revision: that of its chunks in order, which follow from the rows alone. */
export function hashRevision(series: Series, chunks: readonly Buffer[]): Buffer {
  const hash = createHash('sha256')
  hash.update(`crypalgos-dataset-1\n${series}\n${chunks.length}\n`)
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest()
}
