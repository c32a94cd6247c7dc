import { gzipSync, zstdCompressSync } from 'node:zlib'
import { Endianness } from 'apache-arrow/fb/endianness'
import { Field } from 'apache-arrow/fb/field'
import { FloatingPoint } from 'apache-arrow/fb/floating-point'
import { Message } from 'apache-arrow/fb/message'
import { MessageHeader } from 'apache-arrow/fb/message-header'
import { MetadataVersion } from 'apache-arrow/fb/metadata-version'
import { Precision } from 'apache-arrow/fb/precision'
import { Schema } from 'apache-arrow/fb/schema'
import { Type } from 'apache-arrow/fb/type'
import { Builder } from 'flatbuffers'
import { arrowEnd } from '../src/market-data/arrow-writer.ts'
import {
  type BatchClaims,
  batchOf,
  type Compression,
  doubles,
  envelope,
  type Foreign,
  HEADER_DICTIONARY,
  long,
  message,
  milliseconds,
  prices,
  schemaOf,
} from './arrow-files.ts'
import { candleLines, csv, HEADER, START } from './market.ts'

/*
 * Files that claim, repeat or shrink what they should not. Each is at most 1 MB.
 */

export type HostileFile = { name: string; bytes: Buffer }

const MEGABYTE = 1024 * 1024
const SCHEMA = schemaOf([milliseconds(), ...prices()])
const COLUMNS = [milliseconds(), ...prices()]

/** Compress with zstd behind the size, as Arrow does. @param claimed the size that it says */
export const zstd = (claimed?: bigint): Compression => ({
  codec: 1,
  pack(bytes) {
    const size = Buffer.alloc(8)
    size.writeBigInt64LE(claimed ?? BigInt(bytes.length))
    return Buffer.concat([size, zstdCompressSync(bytes)])
  },
})

const repeat = (part: Buffer, times: number) => Buffer.concat(Array.from({ length: times }, () => part))
const stream = (...parts: Uint8Array[]) => Buffer.concat([...parts, arrowEnd()])

/** A schema whose columns are one and the same table, named again and again. */
export function repeatedField(count: number, name = 'x'.repeat(200)): Buffer {
  const builder = new Builder()
  const text = builder.createString(name)
  const type = FloatingPoint.createFloatingPoint(builder, Precision.DOUBLE)
  Field.startField(builder)
  Field.addName(builder, text)
  Field.addTypeType(builder, Type.FloatingPoint)
  Field.addType(builder, type)
  const field = Field.endField(builder)
  const fields = Schema.createFieldsVector(
    builder,
    Array.from({ length: count }, () => field),
  )
  Schema.startSchema(builder)
  Schema.addEndianness(builder, Endianness.Little)
  Schema.addFields(builder, fields)
  const schema = Schema.endSchema(builder)
  builder.finish(
    Message.createMessage(builder, MetadataVersion.V5, MessageHeader.Schema, schema, BigInt(0), 0),
  )
  return envelope(builder.asUint8Array())
}

/** A schema with a column whose name claims to be longer than it is. */
export function longName(claimed: number): Buffer {
  const bytes = schemaOf([milliseconds(), doubles('openness', []), ...prices()])
  bytes.writeUInt32LE(claimed >>> 0, bytes.indexOf('openness') - 4)
  return stream(bytes)
}

/** Columns of a constant, which shrink to almost nothing. */
function constants(rows: number): Foreign[] {
  const zeros = new Uint8Array(rows * 8)
  return COLUMNS.map((column) => ({ ...column, buffers: [new Uint8Array(0), zeros] }))
}

const claiming = (claims: BatchClaims) => stream(SCHEMA, batchOf(COLUMNS, 2, undefined, claims))

function arrowFiles(): HostileFile[] {
  const emptyBomb = batchOf(constants(8 * MEGABYTE), 0, zstd())
  const nodes = (rows: number, nulls: number) => COLUMNS.map((): [number, number] => [rows, nulls])
  const places = (offset: number, length: number) =>
    COLUMNS.flatMap((): [number, number][] => [
      [0, 0],
      [offset, length],
    ])
  const files: Record<string, Buffer> = {
    'a column named 120,000 times': stream(repeatedField(120_000)),
    '1,025 columns': stream(repeatedField(1_025)),
    'a name of 256 bytes': stream(repeatedField(1, 'x'.repeat(256))),
    'batches of 0 rows with 384 MB of zstd each': stream(SCHEMA, emptyBomb, emptyBomb, emptyBomb),
    'a batch of 384 MB of zstd': stream(SCHEMA, batchOf(constants(8 * MEGABYTE), 8 * MEGABYTE, zstd())),
    'many batches of 600 kB of zstd': stream(SCHEMA, repeat(batchOf(constants(12_800), 12_800, zstd()), 200)),
    'zstd that claims less than it holds': stream(SCHEMA, batchOf(constants(80_000), 8, zstd(64n))),
    'zstd that claims 2^62 bytes': stream(SCHEMA, batchOf(COLUMNS, 2, zstd(2n ** 62n))),
    'zstd that claims less than nothing': stream(SCHEMA, batchOf(COLUMNS, 2, zstd(-2n))),
    '2,000 batches without rows': stream(
      SCHEMA,
      repeat(batchOf(COLUMNS, 0, undefined, { places: places(0, 0) }), 2_000),
    ),
    'messages of nothing but dictionaries': stream(
      SCHEMA,
      repeat(message(HEADER_DICTIONARY, [long(1)]), 12_000),
    ),
    'two schemas': stream(SCHEMA, SCHEMA),
    'a batch before its schema': stream(batchOf(COLUMNS, 2), SCHEMA),
    '2^40 rows': claiming({ rows: 2 ** 40, nodes: nodes(2 ** 40, 0) }),
    'a negative number of rows': claiming({ rows: -1 }),
    'more nulls than rows': claiming({ nodes: nodes(2, 3) }),
    'nulls without a validity': claiming({ nodes: nodes(2, 1) }),
    'other rows in a column': claiming({ nodes: nodes(1, 0) }),
    'fewer nodes than columns': claiming({ nodes: nodes(2, 0).slice(1) }),
    'fewer buffers than columns': claiming({ places: places(0, 16).slice(2) }),
    'a buffer behind its body': claiming({ places: places(2 ** 30, 16) }),
    'a buffer longer than its body': claiming({ places: places(0, 2 ** 30) }),
    'a buffer before its body': claiming({ places: places(-8, 16) }),
    'a buffer at 2^60': claiming({ places: places(2 ** 60, 16) }),
    'a body of 2^60 bytes': claiming({ bodyLength: 2 ** 60 }),
    'a body of 63 MB that does not come': claiming({ bodyLength: 63 * MEGABYTE }),
    'a body of less than nothing': claiming({ bodyLength: -8 }),
    'a description of zeros': stream(envelope(new Uint8Array(64))),
    'a description of ones': stream(envelope(new Uint8Array(64).fill(0xff))),
    'an unfinished description': Buffer.from('ffffffff00000f00', 'hex'),
  }
  for (const claimed of [9, 64, 256, 8_192, 60_000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1])
    files[`a name that claims ${claimed} bytes`] = longName(claimed)
  return Object.entries(files).map(([name, bytes]) => ({ name: `Arrow: ${name}`, bytes }))
}

function csvFiles(): HostileFile[] {
  const row = `${START},1,2,0.5,1.5,10`
  const files: Record<string, string> = {
    'a line of 1 MB': 'x'.repeat(MEGABYTE),
    '1,025 columns': `${HEADER}${',x'.repeat(1_019)}\n`,
    'a name of 256 bytes': `${HEADER},${'x'.repeat(256)}\n`,
    'a million empty lines': `${HEADER}\n${row}\n${'\n'.repeat(1_000_000)}`,
    'a field of nothing but quotes': `${HEADER}\n${'"'.repeat(4_000)},1,2,3,4,5\n`,
    'a number of 4,000 digits and a letter': `${HEADER}\n${START},${'1'.repeat(4_000)}x,2,3,4,5\n`,
    'a number of 4,000 points': `${HEADER}\n${START},${'.'.repeat(4_000)},2,3,4,5\n`,
    'controls in a header': `${HEADER}\x1b[31m\u202e\0\n${row}\n`,
    'a row of 2,000 fields': `${HEADER}\n${row}${','.repeat(2_000)}\n`,
  }
  return Object.entries(files).map(([name, content]) => ({
    name: `CSV: ${name}`,
    bytes: Buffer.from(content),
  }))
}

function gzipFiles(): HostileFile[] {
  const bomb = gzipSync(Buffer.alloc(300 * MEGABYTE, ' '))
  const rows = gzipSync(csv(Array.from({ length: 300_000 }, () => candleLines(1)[0] as string)))
  const files: Record<string, Buffer> = {
    '300 MB of spaces': bomb,
    'many members of one row, repeated': repeat(rows, 20),
    'gzip in gzip': gzipSync(bomb),
    'a hundred members of empty lines': repeat(gzipSync(`${'\n'.repeat(100_000)}`), 100),
    'zstd batches': gzipSync(stream(SCHEMA, repeat(batchOf(constants(12_800), 12_800, zstd()), 2_000))),
    'empty batches': gzipSync(stream(SCHEMA, repeat(batchOf(COLUMNS, 0), 100_000))),
    'a column named 120,000 times': gzipSync(stream(repeatedField(120_000))),
  }
  return Object.entries(files).map(([name, bytes]) => ({ name: `gzip: ${name}`, bytes }))
}

/** Every hostile file; all of them must be refused. */
export function hostileFiles(): HostileFile[] {
  return [...arrowFiles(), ...csvFiles(), ...gzipFiles()]
}

/** Files that are as they should be, to be damaged. */
export function validFiles(): HostileFile[] {
  const lines = candleLines(500)
  const columns = [milliseconds(500), ...prices(500)]
  const plain = stream(schemaOf(columns), batchOf(columns, 500))
  return [
    { name: 'CSV', bytes: Buffer.from(csv(lines)) },
    { name: 'gzip', bytes: gzipSync(csv(lines)) },
    { name: 'Arrow stream', bytes: plain },
    { name: 'Arrow stream with zstd', bytes: stream(schemaOf(columns), batchOf(columns, 500, zstd())) },
    { name: 'Arrow file', bytes: Buffer.concat([Buffer.from('ARROW1\0\0'), plain, Buffer.from('ARROW1')]) },
    { name: 'gzip of Arrow', bytes: gzipSync(plain) },
  ]
}
