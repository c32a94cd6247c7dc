import { promisify } from 'node:util'
import { createZstdDecompress, zstdCompress, zstdDecompress } from 'node:zlib'
import { type Columns, lengthOf } from '../../market-data/series.ts'
import { bytesOf, doublesOf } from '../../numerics/memory-views.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** Rows whose columns are compressed together: a page decodes one group, and a group takes milliseconds. */
export const GROUP_ROWS = 16_384

/**
 * An encoded table: the mark, the number of columns, of rows, and of rows in a group; the length of each frame, group
 * after group, in each group column after column; then the frames in that order. Numbers are 32-bit little-endian. A
 * frame is the zstd-compressed doubles of one column of one group.
 */
const MARK = 0x31425443
const HEADER_BYTES = 16
/** What zlib allocates at least. */
const SMALLEST_PIECE = 1_024

function encodeColumn(column: Float64Array): Promise<Buffer> {
  // A copy: the bytes of a view share memory with everything beside it.
  const bytes = Buffer.from(bytesOf(column))
  return compress(bytes, { pledgedSrcSize: bytes.length, chunkSize: bytes.length + SMALLEST_PIECE })
}

/** Encode a table so that single columns of single groups of rows can be read. */
export async function encodeTable(columns: Columns, groupRows = GROUP_ROWS): Promise<Buffer> {
  const rows = lengthOf(columns)
  const frames: Buffer[] = []
  for (let from = 0; from < rows; from += groupRows) {
    const group = columns.map((column) => encodeColumn(column.subarray(from, from + groupRows)))
    frames.push(...(await Promise.all(group)))
  }
  const header = Buffer.alloc(HEADER_BYTES + 4 * frames.length)
  for (const [at, number] of [MARK, columns.length, rows, groupRows].entries())
    header.writeUInt32LE(number, 4 * at)
  for (const [at, { length }] of frames.entries()) header.writeUInt32LE(length, HEADER_BYTES + 4 * at)
  return Buffer.concat([header, ...frames])
}

/** Where the frames of an encoded table lie. */
export type TableIndex = {
  columns: number
  rows: number
  groupRows: number
  /** Offset of each frame in the encoded table, and the offset behind the last one. */
  offsets: Float64Array
}

/** Returns the number of bytes in front of the first frame; undefined for a table of the older format. */
export function indexBytes(start: Buffer): number | undefined {
  if (start.readUInt32LE(0) !== MARK) return undefined
  const [columns, rows, groupRows] = [4, 8, 12].map((at) => start.readUInt32LE(at)) as [
    number,
    number,
    number,
  ]
  return HEADER_BYTES + 4 * columns * Math.ceil(rows / groupRows)
}

/** @param start at least `indexBytes` of the encoded table */
export function readIndex(start: Buffer): TableIndex {
  const [columns, rows, groupRows] = [4, 8, 12].map((at) => start.readUInt32LE(at)) as [
    number,
    number,
    number,
  ]
  const frames = columns * Math.ceil(rows / groupRows)
  const offsets = new Float64Array(frames + 1)
  offsets[0] = HEADER_BYTES + 4 * frames
  for (let at = 0; at < frames; at++) {
    offsets[at + 1] = (offsets[at] as number) + start.readUInt32LE(HEADER_BYTES + 4 * at)
  }
  return { columns, rows, groupRows, offsets }
}

/** Decode the column of a group that holds `rows` rows. */
export async function decodeColumn(frame: Uint8Array, rows: number): Promise<Float64Array> {
  const size = rows * 8
  // More than needed: zlib allocates once more when its memory is full.
  const bytes = await decompress(frame, { chunkSize: size + SMALLEST_PIECE, maxOutputLength: size })
  const column = new Float64Array(rows)
  bytesOf(column).set(bytes)
  return column
}

const OLDER_HEADER_BYTES = 8

/**
 * Decode a table of the older format: one zstd frame of the numbers of columns and rows as 32 bits, then the columns'
 * doubles. Other work goes on between the pieces.
 */
export async function decodeOlderTable(encoded: Uint8Array): Promise<Columns> {
  const stream = createZstdDecompress({ chunkSize: 1 << 20 })
  stream.end(encoded)
  let header = Buffer.alloc(0)
  let values = new Uint8Array(0)
  let filled = 0
  for await (const piece of stream as AsyncIterable<Buffer>) {
    let rest = piece
    if (header.length < OLDER_HEADER_BYTES) {
      const missing = OLDER_HEADER_BYTES - header.length
      header = Buffer.concat([header, piece.subarray(0, missing)])
      rest = piece.subarray(missing)
      if (header.length < OLDER_HEADER_BYTES) continue
      values = new Uint8Array(header.readUInt32LE(0) * header.readUInt32LE(4) * 8)
    }
    values.set(rest, filled)
    filled += rest.length
  }
  const [count, rows] = [header.readUInt32LE(0), header.readUInt32LE(4)]
  return Array.from({ length: count }, (_, at) =>
    doublesOf(values.subarray(at * rows * 8, (at + 1) * rows * 8)),
  )
}
