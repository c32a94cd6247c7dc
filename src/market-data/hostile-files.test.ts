import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Field } from 'apache-arrow/fb/field'
import fc from 'fast-check'
import { doubles, milliseconds, prices, streamOf, text } from '../../test/arrow-files.ts'
import { type HostileFile, hostileFiles, validFiles } from '../../test/hostile-files.ts'
import { START } from '../../test/market.ts'
import { AppError } from '../platform/errors.ts'
import { BoundedBytes } from './arrow-metadata.ts'
import { parseUpload } from './parse-upload.ts'
import { UploadBudget } from './upload-budget.ts'

const MEGABYTE = 1024 * 1024
const PIECE_BYTES = 64 * 1024
/** A parser's own memory: columns of a chunk, buffers of the decompressors, garbage that is not collected yet. */
const FIXED_BYTES = 96 * MEGABYTE
/** What a byte of a file may become. */
const MULTIPLE = 200
const CANARY = 'SECRET-OF-SOMEBODY-ELSE.'

type Told = { error?: AppError; rows?: number; peakBytes: number }

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Parse a file whose pieces are parts of a larger memory, which is full of secrets. */
async function parse(bytes: Buffer, pieceSize = PIECE_BYTES): Promise<Told> {
  const budget = new UploadBudget(2 ** 31)
  const before = memory()
  let peak = 0
  const measure = () => {
    peak = Math.max(peak, memory() - before)
  }
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceSize) {
      const pool = Buffer.alloc(pieceSize + 128 * CANARY.length, CANARY)
      const piece = bytes.subarray(at, at + pieceSize)
      pool.set(piece, 64 * CANARY.length)
      budget.receive(piece.length)
      yield pool.subarray(64 * CANARY.length, 64 * CANARY.length + piece.length)
      measure()
    }
  }
  const task = { series: '1m', now: START + 10 * 365 * 86_400_000, maxUnpackedBytes: 2 ** 31 } as const
  const output = { onChunk: async () => measure(), onRows: measure }
  try {
    const { rows } = await parseUpload(pieces(), task, budget, output)
    return { rows, peakBytes: peak }
  } catch (error) {
    assert.ok(error instanceof AppError, String(error))
    return { error, peakBytes: peak }
  }
}

function assertClean(error: AppError | undefined, bytes: Buffer, name: string): void {
  if (error === undefined) return
  assert.match(error.code, /^(invalid_file|invalid_rows|payload_too_large)$/, name)
  const shown = JSON.stringify([error.detail, error.fields])
  assert.ok(!shown.includes(CANARY.slice(0, 6)) || bytes.includes(CANARY.slice(0, 6)), `${name}: ${shown}`)
  assert.match(shown, /^[\P{C}]*$/u, name)
  assert.ok(shown.length < 600, `${name}: ${shown}`)
}

describe('a hostile file', () => {
  for (const { name, bytes } of hostileFiles()) {
    it(`is refused without memory of others or a multiple of its own: ${name}`, async () => {
      assert.ok(bytes.length <= MEGABYTE, `${bytes.length}`)
      const { error, rows, peakBytes } = await parse(bytes)
      if (!name.includes('controls in a header')) assert.equal(rows, undefined)
      assertClean(error, bytes, name)
      const bound = FIXED_BYTES + MULTIPLE * bytes.length
      assert.ok(peakBytes < bound, `${peakBytes} bytes of memory for ${bytes.length}`)
    })
  }
})

describe('a file that was damaged', () => {
  const files = validFiles()

  it('is one that can be read before', async () => {
    for (const { name, bytes } of files) assert.equal((await parse(bytes)).rows, 500, name)
  })

  type Change = { kind: 'set' | 'flip' | 'long' | 'cut'; at: number; value: number }
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), at: fc.nat(), value: fc.nat(255) }),
    fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), value: fc.nat(7) }),
    fc.record({ kind: fc.constant('long' as const), at: fc.nat(), value: fc.nat(0xffffffff) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), value: fc.nat() }),
  )

  function damage({ bytes }: HostileFile, changes: Change[], isHead: boolean): Buffer {
    let damaged = Buffer.from(bytes)
    for (const { kind, at: place, value } of changes) {
      if (damaged.length < 8) break
      const at = place % Math.min(damaged.length - 4, isHead ? 1_200 : damaged.length)
      if (kind === 'set') damaged[at] = value
      else if (kind === 'flip') damaged[at] = (damaged[at] as number) ^ (1 << value)
      else if (kind === 'long') damaged.writeUInt32LE(value, at)
      else damaged = Buffer.concat([damaged.subarray(0, at), damaged.subarray(at + (value % 64))])
    }
    return damaged
  }

  it('is taken or refused, and shows nothing but itself', async () => {
    const anyFile = fc.constantFrom(...files)
    const changes = fc.array(change, { minLength: 1, maxLength: 5 })
    const property = fc.asyncProperty(
      anyFile,
      changes,
      fc.boolean(),
      fc.integer({ min: 50, max: 20_000 }),
      async (file, list, isHead, pieceSize) => {
        const bytes = damage(file, list, isHead)
        const { error, peakBytes } = await parse(bytes, pieceSize)
        assertClean(error, bytes, file.name)
        assert.ok(peakBytes < FIXED_BYTES + MULTIPLE * bytes.length)
      },
    )
    await fc.assert(property, { numRuns: 1_500 })
  })
})

describe('a name in a message', () => {
  it('is not read behind the message, though memory goes on there', () => {
    const pool = Buffer.alloc(64, 'S')
    // A table whose only field is a string of 30 bytes, of which none is in the message.
    const words = [12, 0x00080006, 4, 8, 4, 30]
    for (const [at, word] of words.entries()) pool.writeUInt32LE(word, 4 * at)
    const field = Field.getRootAsField(new BoundedBytes(pool.subarray(0, 24)))
    assert.throws(() => field.name(), RangeError)
    const longer = Buffer.alloc(64, 'S')
    longer.set(pool.subarray(0, 24))
    assert.equal(Field.getRootAsField(new BoundedBytes(longer)).name(), 'S'.repeat(30))
  })

  it('is shown without controls, and cut at 64 characters', async () => {
    const name = `\u202e\x1b[31m${'é'.repeat(100)}`
    const nested = { ...doubles(name, []), children: [[text('item')]] }
    const { error } = await parse(streamOf([milliseconds(), ...prices(), nested]))
    assert.equal(error?.detail.split(' ')[2], `[31m${'é'.repeat(59)}…`)
  })

  it('of a CSV is shown so, too', async () => {
    const { error } = await parse(Buffer.from(`time,open,high,low,close,volume,\0${'x'.repeat(300)}\n`))
    assert.match(error?.detail ?? '', /column x{63}… is longer than 255 bytes/)
  })
})
