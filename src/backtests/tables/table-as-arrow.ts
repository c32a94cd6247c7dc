import {
  type ArrowField,
  type ArrowType,
  type ArrowVector,
  arrowEnd,
  arrowHead,
  arrowIntegers,
  arrowRows,
} from '../../market-data/arrow-writer.ts'
import { bytesOf } from '../../numerics/memory-views.ts'
import type { ShownColumn, ViewPiece } from './table-view.ts'

/** Rows of a batch. */
const ROWS = 16_384

function fieldOf({ name, type }: ShownColumn): ArrowField {
  return { name, type: type.replace('?', '') as ArrowType, nullable: type.endsWith('?') }
}

/** One bit for each value. */
function bits(values: Float64Array, isSet: (value: number) => boolean): Buffer {
  const bytes = Buffer.alloc(Math.ceil(values.length / 8))
  for (let row = 0; row < values.length; row++) {
    if (isSet(values[row] as number)) bytes[row >> 3] = (bytes[row >> 3] as number) | (1 << (row & 7))
  }
  return bytes
}

const NOTHING = Buffer.alloc(0)

/** Offsets and bytes of texts; those of a missing one are empty. */
function texts(values: Float64Array, words: readonly Buffer[]): Uint8Array[] {
  const ends = new Int32Array(values.length + 1)
  for (let row = 0; row < values.length; row++) {
    ends[row + 1] = (ends[row] as number) + (words[values[row] as number] ?? NOTHING).length
  }
  const bytes = Buffer.alloc(ends[values.length] as number)
  for (let row = 0; row < values.length; row++) {
    bytes.set(words[values[row] as number] ?? NOTHING, ends[row])
  }
  return [bytesOf(ends), bytes]
}

/** The doubles' own bytes, 0 in place of null. */
function doubles(values: Float64Array, nulls: number): Uint8Array {
  const whole = nulls === 0 ? values : values.map((value) => (Number.isNaN(value) ? 0 : value))
  return bytesOf(whole)
}

/** Returns how values of a column lie in memory; each of its words is encoded once. */
function encoderOf({ type, words = [] }: ShownColumn): (values: Float64Array) => ArrowVector {
  const { type: kind, nullable } = fieldOf({ name: '', type })
  const encoded = words.map((word) => Buffer.from(word))
  const encode: Record<ArrowType, (values: Float64Array, nulls: number) => Uint8Array[]> = {
    time: (values) => [arrowIntegers(values)],
    number: (values, nulls) => [doubles(values, nulls)],
    // NaN becomes 0.
    count: (values) => [bytesOf(Int32Array.from(values))],
    boolean: (values) => [bits(values, (value) => value === 1)],
    text: (values) => texts(values, encoded),
  }
  return (values) => {
    const nulls = nullable ? values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0) : 0
    const validity = nulls === 0 ? NOTHING : bits(values, (value) => !Number.isNaN(value))
    return { nulls, buffers: [validity, ...encode[kind](values, nulls)] }
  }
}

/** Write pieces of a table as an Arrow IPC stream; `facts` go into the metadata of its schema. */
export async function* tableAsArrow(
  columns: readonly ShownColumn[],
  pieces: AsyncIterable<ViewPiece>,
  facts: Record<string, string>,
): AsyncGenerator<Buffer> {
  yield arrowHead(columns.map(fieldOf), facts)
  const encoders = columns.map(encoderOf)
  for await (const { rows, values } of pieces) {
    for (let from = 0; from < rows; from += ROWS) {
      const vectors = encoders.map((encode, index) =>
        encode((values[index] as Float64Array).subarray(from, from + ROWS)),
      )
      yield arrowRows(Math.min(ROWS, rows - from), vectors)
    }
  }
  yield arrowEnd()
}
