/**
 * Flatbuffers, as far as Arrow's messages need them. A table begins with the distance back to its list of field
 * offsets; what a field refers to lies behind it.
 */

/** A field that is to be written: a number of so many bytes, or something that is referred to. */
export type FieldValue = { bytes: 1 | 2 | 4 | 8; value: number } | { write(writer: FlatbufferWriter): number }
export type TableFields = readonly (FieldValue | undefined)[]

const FIRST_ROOM = 1_024
const LOW_WORD = 2 ** 32

export class FlatbufferWriter {
  #view = new DataView(new ArrayBuffer(FIRST_ROOM))
  #end = 4

  #reserve(bytes: number, alignment: number): number {
    const at = Math.ceil(this.#end / alignment) * alignment
    this.#end = at + bytes
    while (this.#end > this.#view.byteLength) {
      const wider = new Uint8Array(this.#view.byteLength * 2)
      wider.set(new Uint8Array(this.#view.buffer))
      this.#view = new DataView(wider.buffer)
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
    new Uint8Array(this.#view.buffer).set(bytes, at + 4)
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
    return new Uint8Array(this.#view.buffer, 0, this.#end)
  }
}

/** A table that is read. What is damaged throws a RangeError. */
export class FlatbufferTable {
  readonly #view: DataView
  readonly #at: number

  constructor(view: DataView, at: number) {
    this.#view = view
    this.#at = at
  }

  static root(bytes: Uint8Array): FlatbufferTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return new FlatbufferTable(view, view.getUint32(0, true))
  }

  #place(slot: number): number | undefined {
    const list = this.#at - this.#view.getInt32(this.#at, true)
    const size = this.#view.getUint16(list, true)
    const offset = 4 + 2 * slot < size ? this.#view.getUint16(list + 4 + 2 * slot, true) : 0
    return offset === 0 ? undefined : this.#at + offset
  }

  #reference(slot: number): number | undefined {
    const at = this.#place(slot)
    return at === undefined ? undefined : at + this.#view.getUint32(at, true)
  }

  number(slot: number, bytes: 1 | 2 | 4 | 8, fallback = 0): number {
    const at = this.#place(slot)
    if (at === undefined) return fallback
    if (bytes === 1) return this.#view.getUint8(at)
    if (bytes === 2) return this.#view.getInt16(at, true)
    if (bytes === 4) return this.#view.getInt32(at, true)
    return Number(this.#view.getBigInt64(at, true))
  }

  table(slot: number): FlatbufferTable | undefined {
    const at = this.#reference(slot)
    return at === undefined ? undefined : new FlatbufferTable(this.#view, at)
  }

  string(slot: number): string {
    const at = this.#reference(slot)
    if (at === undefined) return ''
    const length = this.#view.getUint32(at, true)
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset + at + 4, length)
    return Buffer.from(bytes).toString('utf8')
  }

  #vector(slot: number, bytes: number): { length: number; start: number } {
    const at = this.#reference(slot)
    if (at === undefined) return { length: 0, start: 0 }
    const length = this.#view.getUint32(at, true)
    if (length * bytes > this.#view.byteLength) throw new RangeError('a vector is longer than its message')
    return { length, start: at + 4 }
  }

  tables(slot: number): FlatbufferTable[] {
    const { length, start } = this.#vector(slot, 4)
    return Array.from({ length }, (_, index) => {
      const place = start + 4 * index
      return new FlatbufferTable(this.#view, place + this.#view.getUint32(place, true))
    })
  }

  /** Structs of two numbers of eight bytes. */
  pairs(slot: number): [number, number][] {
    const { length, start } = this.#vector(slot, 16)
    return Array.from({ length }, (_, index) => [
      Number(this.#view.getBigInt64(start + 16 * index, true)),
      Number(this.#view.getBigInt64(start + 16 * index + 8, true)),
    ])
  }
}
