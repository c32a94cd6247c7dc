import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import type { Columns } from '../market-data/series.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

const HEADER_BYTES = 8

/** A table as bytes: numbers of columns and rows as 32 bits, then the columns' doubles, all in one zstd frame. */
export async function encodeTable(columns: Columns): Promise<Buffer> {
  const { length: rows } = columns[0] as Float64Array
  const bytes = new Uint8Array(HEADER_BYTES + columns.length * rows * 8)
  new Uint32Array(bytes.buffer, 0, 2).set([columns.length, rows])
  for (const [at, column] of columns.entries()) {
    new Float64Array(bytes.buffer, HEADER_BYTES + at * rows * 8, rows).set(column)
  }
  return compress(bytes)
}

export async function decodeTable(encoded: Uint8Array): Promise<Columns> {
  const bytes = Uint8Array.from(await decompress(encoded))
  const [count = 0, rows = 0] = new Uint32Array(bytes.buffer, 0, 2)
  return Array.from(
    { length: count },
    (_, at) => new Float64Array(bytes.buffer, HEADER_BYTES + at * rows * 8, rows),
  )
}
