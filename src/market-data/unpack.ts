import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { AppError } from '../platform/errors.ts'
import { fileFault } from './row-faults.ts'

/** Tables of prices shrink to a fifth; what shrinks more than this was made to fill a disk. */
const MAX_RATIO = 200
/** Below this nothing is a bomb. */
const RATIO_FROM_BYTES = 32 * 1024 * 1024
const LONGEST_SIGNATURE = 8

type Bytes = AsyncIterable<Buffer>

/** The first bytes of a stream, and the whole stream. */
async function peek(source: Bytes): Promise<{ head: Buffer; whole: Bytes }> {
  const iterator = source[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  let isDone = false
  while (head.length < LONGEST_SIGNATURE && !isDone) {
    const next = await iterator.next()
    isDone = next.done === true
    if (!isDone) head = Buffer.concat([head, next.value])
  }
  async function* whole() {
    yield head
    if (!isDone) yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { head, whole: whole() }
}

async function* counted(source: Bytes, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const bytes of source) {
    count(bytes.length)
    yield bytes
  }
}

async function* gunzipped(source: Bytes, maxBytes: number): AsyncGenerator<Buffer> {
  let [packed, unpacked] = [0, 0]
  const gunzip = createGunzip()
  const readAll = counted(source, (bytes) => {
    packed += bytes
  })
  const piped = pipeline(Readable.from(readAll, { objectMode: false }), gunzip)
  // It also fails the reading below, which tells of it.
  piped.catch(() => {})
  try {
    for await (const bytes of gunzip) {
      unpacked += bytes.length
      const isBomb = unpacked > RATIO_FROM_BYTES && unpacked > packed * MAX_RATIO
      if (unpacked > maxBytes || isBomb)
        throw new AppError('payload_too_large', { detail: tooLarge(maxBytes, isBomb) })
      yield bytes
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && /^Z_|^ERR_.*ZLIB/.test(String(cause.code))) {
      throw fileFault('The gzip data is damaged or cut off.', cause)
    }
    throw cause
  }
}

function tooLarge(maxBytes: number, isBomb: boolean): string {
  if (isBomb) return `The file unpacks to more than ${MAX_RATIO} times its size. Send it unpacked.`
  return `The file unpacks to more than ${Math.floor(maxBytes / 1024 / 1024)} MB.`
}

export type Format = 'csv' | 'arrow-stream' | 'arrow-file'

const SIGNATURES: { bytes: number[]; format?: Format; problem?: string }[] = [
  { bytes: [0xff, 0xff, 0xff, 0xff], format: 'arrow-stream' },
  { bytes: [...Buffer.from('ARROW1')], format: 'arrow-file' },
  { bytes: [0xff, 0xfe], problem: 'The text is in UTF-16. Save it as UTF-8.' },
  { bytes: [0xfe, 0xff], problem: 'The text is in UTF-16. Save it as UTF-8.' },
  { bytes: [...Buffer.from('PK')], problem: 'ZIP archives are not read. Unpack it, or use gzip.' },
  { bytes: [...Buffer.from('PAR1')], problem: 'Parquet is not read. Write CSV or Arrow.' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], problem: 'Zstandard is not read. Unpack it, or use gzip.' },
  { bytes: [0x1f, 0x8b], problem: 'It is packed twice.' },
]

function formatOf(head: Buffer): Format {
  const known = SIGNATURES.find(({ bytes }) => head.subarray(0, bytes.length).equals(Buffer.from(bytes)))
  if (known?.problem !== undefined) throw fileFault(known.problem)
  return known?.format ?? 'csv'
}

/**
 * Unpacks gzip, told by its first bytes, and finds out what is inside.
 * @param maxBytes of unpacked data
 */
export async function unpack(source: Bytes, maxBytes: number): Promise<{ format: Format; bytes: Bytes }> {
  const packed = await peek(source)
  if (packed.head[0] !== 0x1f || packed.head[1] !== 0x8b)
    return { format: formatOf(packed.head), bytes: packed.whole }
  const unpacked = await peek(gunzipped(packed.whole, maxBytes))
  return { format: formatOf(unpacked.head), bytes: unpacked.whole }
}
