import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { arrowFile, arrowStream } from './arrow-reader.ts'
import { csv } from './csv-reader.ts'
import { fileFault } from './row-faults.ts'
import type { TableFormat } from './table-format.ts'
import type { UploadBudget } from './upload-budget.ts'

const LONGEST_SIGNATURE = 8
const GZIP = [0x1f, 0x8b]
const UNPACKED_PIECE_BYTES = 64 * 1024

const FORMATS: readonly TableFormat[] = [arrowStream, arrowFile]

const UNSUPPORTED: { signature: number[]; problem: string }[] = [
  { signature: [0xff, 0xfe], problem: 'The text is in UTF-16. Save it as UTF-8.' },
  { signature: [0xfe, 0xff], problem: 'The text is in UTF-16. Save it as UTF-8.' },
  { signature: [...Buffer.from('PK')], problem: 'ZIP archives are not supported. Unpack it, or use gzip.' },
  { signature: [...Buffer.from('PAR1')], problem: 'Parquet is not supported. Write CSV or Arrow.' },
  {
    signature: [0x28, 0xb5, 0x2f, 0xfd],
    problem: 'Zstandard files are not supported. Unpack it, or use gzip.',
  },
  { signature: GZIP, problem: 'The file is packed twice.' },
]

type Bytes = AsyncIterable<Buffer>

/** Split off the first bytes of a stream. @returns them, and the whole stream */
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

function begins(head: Buffer, signature: readonly number[]): boolean {
  return signature.every((byte, at) => head[at] === byte)
}

async function* gunzipped(source: Bytes, budget: UploadBudget): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: UNPACKED_PIECE_BYTES })
  const piped = pipeline(Readable.from(source, { objectMode: false }), gunzip)
  // It also fails the reading below, which reports it.
  piped.catch(() => {})
  try {
    for await (const bytes of gunzip) {
      budget.unpack(bytes.length)
      yield bytes
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && /^Z_|^ERR_.*ZLIB/.test(String(cause.code))) {
      throw fileFault('The gzip data is damaged or cut off.', cause)
    }
    throw cause
  }
}

function formatOf(head: Buffer): TableFormat {
  const unsupported = UNSUPPORTED.find(({ signature }) => begins(head, signature))
  if (unsupported !== undefined) throw fileFault(unsupported.problem)
  return FORMATS.find(({ signature }) => begins(head, signature)) ?? csv
}

/** Unpack gzip, recognised by its first bytes, and find out which format is inside. */
export async function unpack(
  source: Bytes,
  budget: UploadBudget,
): Promise<{ format: TableFormat; bytes: Bytes }> {
  const packed = await peek(source)
  if (!begins(packed.head, GZIP)) return { format: formatOf(packed.head), bytes: packed.whole }
  const unpacked = await peek(gunzipped(packed.whole, budget))
  return { format: formatOf(unpacked.head), bytes: unpacked.whole }
}
