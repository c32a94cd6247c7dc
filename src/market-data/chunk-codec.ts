import { promisify } from 'node:util'
import { zstdCompress, zstdCompressSync, zstdDecompress } from 'node:zlib'
import { bytesOf, dataViewOf, wordsOf } from '../numerics/memory-views.ts'
import { type Columns, lengthOf } from './series.ts'

/**
 * A chunk as bytes: version, number of columns, a byte for each column's layout, zeros up to 12, the number of rows as
 * 32 bits, then one zstd frame with the columns one after another, each little-endian: times as 64-bit integers, the
 * others as doubles. A shuffled column has the first bytes of all its values, then all second ones, and so on.
 */
const VERSION = 1
const HEADER_BYTES = 16
const ROWS_AT = 12
const MAX_COLUMNS = 8
const PLAIN = 0
const SHUFFLED = 1
const HIGH_WORD = 2 ** 32
/** Rows of a column that show whether shuffling it helps. */
const SAMPLE_ROWS = 1_024
/** What zlib makes room for at once: all of it, rather than many pieces that are put together. */
const SMALLEST_PIECE = 1_024

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** Memory that is used again: much of it at once would keep the collector of garbage busy. */
const spare: Uint8Array[] = []
const MAX_SPARE = 3

function takeMemory(bytes: number): Uint8Array {
  const found = spare.findIndex((memory) => memory.byteLength >= bytes)
  const [memory] = found === -1 ? [] : spare.splice(found, 1)
  return memory ?? new Uint8Array(bytes)
}

function giveBack(memory: Uint8Array): void {
  spare.push(memory)
  if (spare.length > MAX_SPARE) spare.shift()
}

/** The words of a column, the less significant one first: of doubles as they are, of times as integers. */
function columnWords(column: Float64Array, isTime: boolean, memory: Uint8Array): Uint32Array {
  if (!isTime) return wordsOf(column)
  const words = wordsOf(memory.subarray(0, column.length * 8))
  for (let row = 0; row < column.length; row++) {
    const value = column[row] as number
    words[2 * row] = value % HIGH_WORD
    words[2 * row + 1] = Math.floor(value / HIGH_WORD)
  }
  return words
}

function shuffle(words: Uint32Array, into: Uint8Array): void {
  const rows = words.length / 2
  for (let half = 0; half < 2; half++) {
    const plane = 4 * half * rows
    for (let row = 0; row < rows; row++) {
      const word = words[2 * row + half] as number
      into[plane + row] = word
      into[plane + rows + row] = word >>> 8
      into[plane + 2 * rows + row] = word >>> 16
      into[plane + 3 * rows + row] = word >>> 24
    }
  }
}

function unshuffle(bytes: Uint8Array, into: Uint32Array): void {
  const rows = into.length / 2
  for (let half = 0; half < 2; half++) {
    const plane = 4 * half * rows
    for (let row = 0; row < rows; row++) {
      into[2 * row + half] =
        (bytes[plane + row] as number) |
        ((bytes[plane + rows + row] as number) << 8) |
        ((bytes[plane + 2 * rows + row] as number) << 16) |
        ((bytes[plane + 3 * rows + row] as number) << 24)
    }
  }
}

function shuffled(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(words.byteLength)
  shuffle(words, bytes)
  return bytes
}

function isSmallerShuffled(words: Uint32Array): boolean {
  const sample = words.subarray(0, 2 * SAMPLE_ROWS)
  const size = { pledgedSrcSize: sample.byteLength }
  return zstdCompressSync(shuffled(sample), size).length < zstdCompressSync(bytesOf(sample), size).length
}

export async function encodeChunk(columns: Columns): Promise<Buffer> {
  const rows = lengthOf(columns)
  const header = Buffer.alloc(HEADER_BYTES)
  header[0] = VERSION
  header[1] = columns.length
  header.writeUInt32LE(rows, ROWS_AT)
  // The columns, and behind them room for the times as integers.
  const memory = takeMemory((columns.length + 1) * rows * 8)
  const size = columns.length * rows * 8
  for (const [index, column] of columns.entries()) {
    const words = columnWords(column, index === 0, memory.subarray(size))
    const place = memory.subarray(index * rows * 8, (index + 1) * rows * 8)
    const layout = isSmallerShuffled(words) ? SHUFFLED : PLAIN
    header[2 + index] = layout
    if (layout === SHUFFLED) shuffle(words, place)
    else place.set(bytesOf(words))
  }
  const packed = await compress(memory.subarray(0, size), { chunkSize: Math.max(size >> 1, SMALLEST_PIECE) })
  giveBack(memory)
  return Buffer.concat([header, packed])
}

/** Turns integers of 64 bits into doubles, in place. */
function integersToDoubles(words: Uint32Array, into: Float64Array): void {
  for (let row = 0; row < into.length; row++) {
    into[row] = (words[2 * row + 1] as number) * HIGH_WORD + (words[2 * row] as number)
  }
}

/** The columns of a chunk, one after another in one piece of shared memory. */
export async function decodeChunk(encoded: Uint8Array): Promise<Columns> {
  const header = encoded.subarray(0, HEADER_BYTES)
  const count = header[1] as number
  if (header.length < HEADER_BYTES || header[0] !== VERSION || count > MAX_COLUMNS)
    throw new Error('a chunk of market data has an unknown form')
  const rows = dataViewOf(header).getUint32(ROWS_AT, true)
  const size = count * rows * 8
  const raw = await decompress(encoded.subarray(HEADER_BYTES), {
    chunkSize: Math.max(size, SMALLEST_PIECE),
    maxOutputLength: Math.max(size, 1),
  })
  const memory = new SharedArrayBuffer(size)
  return Array.from({ length: count }, (_, index) => {
    const start = index * rows * 8
    const bytes = raw.subarray(start, start + rows * 8)
    const words = new Uint32Array(memory, start, rows * 2)
    if (header[2 + index] === SHUFFLED) unshuffle(bytes, words)
    else new Uint8Array(memory, start, rows * 8).set(bytes)
    const column = new Float64Array(memory, start, rows)
    if (index === 0) integersToDoubles(words, column)
    return column
  })
}
