import { dataViewOf } from '../numerics/memory-views.ts'

/*
 * Writes flatbuffers as far as Arrow's messages need them. A table begins with the distance back to its list of field
 * offsets; the values that a field refers to follow it. Reading is left to the official runtime (`arrow-metadata.ts`).
 */

/** A field that is to be written: a number of so many bytes, or something that is referred to. */
export type FieldValue = { bytes: 1 | 2 | 4 | 8; value: number } | { write(writer: FlatbufferWriter): number }
export type TableFields = readonly (FieldValue | undefined)[]

const FIRST_ROOM = 1_024
const LOW_WORD = 2 ** 32

export class FlatbufferWriter {
  #bytes = new Uint8Array(FIRST_ROOM)
  #view = dataViewOf(this.#bytes)
  #end = 4

  #reserve(bytes: number, alignment: number): number {
    const at = Math.ceil(this.#end / alignment) * alignment
    this.#end = at + bytes
    while (this.#end > this.#bytes.length) {
      const wider = new Uint8Array(this.#bytes.length * 2)
      wider.set(this.#bytes)
      this.#bytes = wider
      this.#view = dataViewOf(wider)
    }
    return at
  }

  #put(at: number, bytes: number, value: number): void {
    if (bytes === 1) this.#view.setUint8(at, value)
    else if (bytes === 2) this.#view.setInt16(at, value, true)
    else this.#view.setUint32(at, value % LOW_WORD, true)
    if (bytes === 8) this.#view.setUint32(at + 4, Math.floor(value / LOW_WORD), true)
  }

  /** @returns where the table is */
  table(fields: TableFields): number {
    const offsets: number[] = []
    let size = 4
    for (const field of fields) {
      const bytes = field === undefined ? 0 : 'write' in field ? 4 : field.bytes
      if (bytes > 0) size = Math.ceil(size / bytes) * bytes
      offsets.push(bytes === 0 ? 0 : size)
      size += bytes
    }
    const list = this.#reserve(4 + 2 * fields.length, 2)
    const table = this.#reserve(size, 8)
    this.#put(list, 2, 4 + 2 * fields.length)
    this.#put(list + 2, 2, size)
    for (const [index, offset] of offsets.entries()) this.#put(list + 4 + 2 * index, 2, offset)
    this.#view.setInt32(table, table - list, true)
    for (const [index, field] of fields.entries()) {
      const at = table + (offsets[index] as number)
      if (field === undefined) continue
      if ('write' in field) this.#put(at, 4, field.write(this) - at)
      else this.#put(at, field.bytes, field.value)
    }
    return table
  }

  string(text: string): number {
    const bytes = Buffer.from(text)
    const at = this.#reserve(4 + bytes.length + 1, 4)
    this.#put(at, 4, bytes.length)
    this.#bytes.set(bytes, at + 4)
    return at
  }

  tables(all: readonly TableFields[]): number {
    const at = this.#reserve(4 + 4 * all.length, 4)
    this.#put(at, 4, all.length)
    for (const [index, fields] of all.entries()) {
      const place = at + 4 + 4 * index
      this.#put(place, 4, this.table(fields) - place)
    }
    return at
  }

  /** Structs of two numbers of eight bytes. */
  pairs(all: readonly (readonly [number, number])[]): number {
    // The structs are aligned to eight bytes, and their number stands right before them.
    const start = this.#reserve(8, 8) + 8
    const length = start - 4
    this.#reserve(16 * all.length, 8)
    this.#put(length, 4, all.length)
    for (const [index, [a, b]] of all.entries()) {
      this.#put(start + 16 * index, 8, a)
      this.#put(start + 16 * index + 8, 8, b)
    }
    return length
  }

  finish(root: TableFields): Uint8Array {
    this.#put(0, 4, this.table(root))
    return this.#bytes.subarray(0, this.#end)
  }
}
