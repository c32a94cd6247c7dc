import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import {
  batchOf,
  byte,
  doubles,
  type Foreign,
  HEADER_DICTIONARY,
  int,
  long,
  message,
  milliseconds,
  prices,
  schemaOf,
  short,
  streamOf,
  TYPES as TYPE,
  text,
  times,
} from '../../test/arrow-files.ts'
import { HEADER, START } from '../../test/market.ts'
import { faultOf, readRows } from '../../test/tables.ts'
import { bytesOf } from '../numerics/memory-views.ts'
import { AppError } from '../platform/errors.ts'
import { HEADER_RECORD_BATCH, HEADER_SCHEMA } from './arrow-format.ts'
import { arrowFile, arrowStream } from './arrow-reader.ts'
import { arrowBatch, arrowEnd, arrowSchema } from './arrow-writer.ts'
import type { TableFields } from './flatbuffer-writer.ts'
import type { Columns, Series } from './series.ts'

const NAMES = HEADER.split(',')
const NONE = new Uint8Array(0)

function read(bytes: Uint8Array, { series = '1m' as Series, isFile = false, pieceSize = 100 } = {}) {
  return readRows(isFile ? arrowFile : arrowStream, bytes, { series, pieceSize })
}

const ROWS = Array.from({ length: 300 }, (_, row) => [
  START + row * 60_000,
  1 + row,
  3 + row,
  0.5,
  2 + row,
  row / 8,
])
const columnsOf = (rows: number[][]): Columns =>
  NAMES.map((_, index) => Float64Array.from(rows.map((row) => row[index] as number)))
const STREAM = Buffer.concat([
  arrowSchema(NAMES, { a: 'b' }),
  arrowBatch(columnsOf(ROWS.slice(0, 100))),
  arrowBatch(columnsOf(ROWS.slice(100))),
  arrowEnd(),
])

describe('an Arrow stream', () => {
  it('of ours is read as it was written, in whatever pieces, and as a file too', () => {
    for (const pieceSize of [1, 7, 1_000, STREAM.length]) assert.deepEqual(read(STREAM, { pieceSize }), ROWS)
    const file = Buffer.concat([Buffer.from('ARROW1\0\0'), STREAM, Buffer.from('footer ARROW1')])
    for (const pieceSize of [5, 1_000]) assert.deepEqual(read(file, { isFile: true, pieceSize }), ROWS)
  })

  it('may have times in any unit, as integers or as dates', () => {
    const seconds = START / 1_000
    const written: Foreign[] = [
      milliseconds(),
      times(TYPE.timestamp, [short(0)], BigInt64Array.of(BigInt(seconds), BigInt(seconds + 60))),
      times(
        TYPE.timestamp,
        [short(2)],
        BigInt64Array.of(BigInt(START) * 1_000n, BigInt(START + 60_000) * 1_000n),
      ),
      times(
        TYPE.timestamp,
        [short(3)],
        BigInt64Array.of(BigInt(START) * 1_000_000n, BigInt(START + 60_000) * 1_000_000n),
      ),
      times(
        TYPE.integer,
        [int(64), byte(1)],
        BigInt64Array.of(BigInt(START) * 1_000n, BigInt(START + 60_000) * 1_000n),
      ),
      times(TYPE.integer, [int(32), byte(1)], Int32Array.of(seconds, seconds + 60)),
      times(TYPE.integer, [int(32), byte(0)], Uint32Array.of(seconds, seconds + 60)),
      times(TYPE.date, [short(1)], BigInt64Array.of(BigInt(START), BigInt(START + 60_000))),
    ]
    for (const column of written) {
      assert.deepEqual(
        read(streamOf([column, ...prices()])).map(([time]) => time),
        [START, START + 60_000],
      )
    }
    const days = times(TYPE.date, [short(0)], Int32Array.of(START / 86_400_000, 1 + START / 86_400_000))
    assert.deepEqual(
      read(streamOf([days, ...prices()])).map(([time]) => time),
      [START, START + 86_400_000],
    )
  })

  it('may have numbers of any size, and other columns beside them', () => {
    const numbers: [TableFields, number, ArrayBufferView][] = [
      [[int(8), byte(1)], TYPE.integer, Int8Array.of(7, 8)],
      [[int(8), byte(0)], TYPE.integer, Uint8Array.of(7, 8)],
      [[int(16), byte(1)], TYPE.integer, Int16Array.of(7, 8)],
      [[int(16), byte(0)], TYPE.integer, Uint16Array.of(7, 8)],
      [[int(64), byte(0)], TYPE.integer, BigUint64Array.of(7n, 8n)],
      [[short(1)], TYPE.floatingPoint, Float32Array.of(7, 8)],
    ]
    const others: Foreign[] = [
      {
        name: 'note',
        kind: TYPE.utf8,
        type: [],
        buffers: [NONE, bytesOf(Int32Array.of(0, 1, 2)), Buffer.from('ab')],
      },
      {
        name: 'kind',
        kind: TYPE.utf8,
        type: [],
        buffers: [NONE, bytesOf(Int8Array.of(0, 0))],
        dictionary: true,
      },
      { name: 'nothing', kind: TYPE.null, type: [], buffers: [] },
    ]
    for (const [type, kind, values] of numbers) {
      const volume: Foreign = { name: 'volume', kind, type, buffers: [NONE, bytesOf(values)] }
      const columns = [...others, milliseconds(), ...prices().slice(0, 4), volume]
      const stream = Buffer.concat([
        schemaOf(columns),
        message(HEADER_DICTIONARY, [long(1)]),
        batchOf(columns, 2),
        arrowEnd(),
      ])
      assert.deepEqual(
        read(stream).map((row) => row[5]),
        [7, 8],
      )
    }
  })

  it('may be compressed by zstd, and have missing mark prices', () => {
    const mark = doubles('mark_price', [0, 5], {
      nulls: 1,
      buffers: [Buffer.of(0b10), bytesOf(Float64Array.of(0, 5))],
    })
    const columns = [milliseconds(), doubles('rate', [0.1, 0.2]), mark]
    const pack = (bytes: Uint8Array) => {
      const size = Buffer.alloc(8)
      size.writeBigInt64LE(bytes.length === 1 ? -1n : BigInt(bytes.length))
      return Buffer.concat([size, bytes.length === 1 ? bytes : zstdCompressSync(bytes)])
    }
    const packed = Buffer.concat([schemaOf(columns), batchOf(columns, 2, { codec: 1, pack }), arrowEnd()])
    const expected = [
      [START, 0.1, Number.NaN],
      [START + 60_000, 0.2, 5],
    ]
    assert.deepEqual(read(packed, { series: 'funding' }), expected)
    assert.deepEqual(read(streamOf(columns), { series: 'funding' }), expected)
    const empty = columns.map((column) => ({ ...column, nulls: 0, buffers: [NONE, NONE] }))
    const none = Buffer.concat([schemaOf(columns), batchOf(empty, 0, { codec: 1, pack }), arrowEnd()])
    assert.deepEqual(read(none, { series: 'funding' }), [])
    const lz4 = Buffer.concat([schemaOf(columns), batchOf(columns, 2, { codec: 0, pack }), arrowEnd()])
    assert.match(faultOf(() => read(lz4, { series: 'funding' })).detail, /compressed with LZ4/)
    const huge = (size: bigint) => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(size)
      return Buffer.concat([
        schemaOf(columns),
        batchOf(columns, 2, { codec: 1, pack: () => bytes }),
        arrowEnd(),
      ])
    }
    assert.match(faultOf(() => read(huge(2n ** 40n), { series: 'funding' })).detail, /damaged/)
    assert.match(faultOf(() => read(huge(16n), { series: 'funding' })).detail, /damaged/)
  })

  it('is refused with the reason where it cannot be read', () => {
    const nested = { ...doubles('list', []), children: [[text('item')]] }
    const list: Foreign = { name: 'list', kind: 12, type: [], buffers: [] }
    const words: Foreign = { name: 'date', kind: TYPE.utf8, type: [], buffers: [NONE, NONE, NONE] }
    const half = { ...doubles('open', [1, 1]), type: [short(0)] }
    const odd: Foreign = { ...half, kind: TYPE.integer, type: [int(24), byte(1)] }
    const oddTimes = times(TYPE.integer, [int(24), byte(1)], BigInt64Array.of(1n, 2n))
    const reasons: [Buffer, RegExp][] = [
      [streamOf(prices()), /no column for timestamp/],
      [streamOf([milliseconds(), ...prices(), nested]), /column list has a type that is not supported/],
      [streamOf([milliseconds(), ...prices(), list]), /column list has a type that is not supported/],
      [streamOf([words, ...prices()]), /column date must hold timestamps/],
      [streamOf([milliseconds(), half, ...prices().slice(1)]), /column open must hold doubles/],
      [Buffer.concat([batchOf(prices(), 2)]), /batch before its schema/],
      [schemaOf([milliseconds(), ...prices()], 1), /big-endian/],
      [streamOf([milliseconds(), odd, ...prices().slice(1)]), /column open must hold doubles/],
      [streamOf([oddTimes, ...prices()]), /column date must hold timestamps/],
      [streamOf([{ ...milliseconds(), dictionary: true }, ...prices()]), /column date must hold timestamps/],
      [message(9, []), /message of an unknown kind/],
      [STREAM.subarray(0, 700), /cut off/],
      [Buffer.concat([STREAM.subarray(0, 8), Buffer.alloc(4_000, 0xee)]), /damaged/],
      [Buffer.concat([arrowSchema(NAMES, {}), Buffer.from('12345678')]), /damaged/],
      [Buffer.from('ffffffffffffff00', 'hex'), /damaged/],
      [Buffer.from('04000000f2ffffff', 'hex'), /Write a stream/],
      [streamOf([milliseconds(), ...prices()], 1_000), /damaged/],
      [message(HEADER_SCHEMA, [], Buffer.alloc(0)).fill(0xff, 8, 12), /damaged/],
    ]
    for (const [bytes, reason] of reasons) {
      const { code, detail } = faultOf(() => read(bytes))
      assert.equal(code, 'invalid_file')
      assert.match(detail, reason)
    }
    const large = message(HEADER_RECORD_BATCH, [], NONE, 2 ** 33)
    assert.match(faultOf(() => read(large)).detail, /larger than 64 MB/)
  })

  it('names the row where a time is missing, or between two milliseconds', () => {
    const odd = times(TYPE.timestamp, [short(2)], BigInt64Array.of(BigInt(START) * 1_000n, 1n))
    const missing = {
      ...milliseconds(),
      nulls: 1,
      buffers: [Buffer.of(0b01), milliseconds().buffers[1] ?? NONE],
    }
    const text64 = times(TYPE.integer, [int(64), byte(1)], BigInt64Array.of(BigInt(START), -5n))
    for (const column of [odd, missing, text64]) {
      const { code, fields } = faultOf(() => read(streamOf([column, ...prices()])))
      assert.deepEqual([code, fields.row], ['invalid_rows', '2'])
    }
  })

  it('that is damaged throws nothing but what is declared', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(STREAM.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        (changes) => {
          const bytes = Buffer.from(STREAM)
          for (const [at, value] of changes) bytes[at % 1_200] = value
          try {
            read(bytes, { pieceSize: STREAM.length })
          } catch (error) {
            assert.ok(error instanceof AppError && /^invalid_/.test(error.code), String(error))
          }
        },
      ),
      { numRuns: 3_000 },
    )
  })
})
