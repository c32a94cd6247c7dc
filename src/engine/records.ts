import { ColumnMemory } from '../numerics/column-memory.ts'

/** How one property of a row is a number. */
export type Field<Row> = { name: keyof Row & string; write(row: Row): number; read(value: number): unknown }

export function plain<Row>(name: keyof Row & string): Field<Row> {
  return { name, write: (row) => row[name] as number, read: (value) => value }
}

export function word<Row>(name: keyof Row & string, words: readonly string[]): Field<Row> {
  return { name, write: (row) => words.indexOf(row[name] as string), read: (value) => words[value] }
}

export function flag<Row>(name: keyof Row & string): Field<Row> {
  return { name, write: (row) => (row[name] ? 1 : 0), read: (value) => value === 1 }
}

const FIRST_ROWS = 64

/** Rows of numbers, one after another: a run writes down what it did without an object for each row. */
export class Records<Row> {
  readonly fields: readonly Field<Row>[]
  values: Float64Array
  length = 0

  private readonly memory: ColumnMemory

  constructor(
    fields: readonly Field<Row>[],
    rows: readonly Row[] = [],
    memory: ColumnMemory = new ColumnMemory(),
  ) {
    this.fields = fields
    this.memory = memory
    this.values = memory.numbers(fields.length * Math.max(rows.length, FIRST_ROWS))
    for (const row of rows) this.push(row)
  }

  /** A new row behind the others, every number of which is to be written. Returns where in `values` it begins. */
  add(): number {
    const { values } = this
    const begin = this.length++ * this.fields.length
    if (begin === values.length) {
      this.values = this.memory.numbers(2 * values.length)
      this.values.set(values)
      this.memory.giveBack(values)
    }
    return begin
  }

  push(row: Row): void {
    const begin = this.add()
    this.fields.forEach((field, at) => {
      this.values[begin + at] = field.write(row)
    })
  }

  at(index: number): Row {
    const begin = index * this.fields.length
    const entries = this.fields.map(({ name, read }, at) => [name, read(this.values[begin + at] as number)])
    return Object.fromEntries(entries)
  }

  toRows(): Row[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index))
  }

  column(name: keyof Row): Float64Array {
    const { values, fields, length } = this
    const width = fields.length
    const out = new Float64Array(length)
    let from = fields.findIndex((field) => field.name === name)
    for (let row = 0; row < length; row++, from += width) out[row] = values[from] as number
    return out
  }

  columns(): Float64Array[] {
    return this.fields.map(({ name }) => this.column(name))
  }

  /** The rows of whose numbers a condition holds. */
  filter(holds: (row: number) => boolean): Records<Row> {
    const { values, fields, length } = this
    const kept = new Records(fields)
    for (let row = 0; row < length; row++) {
      if (!holds(row)) continue
      const begin = row * fields.length
      const place = kept.add()
      kept.values.set(values.subarray(begin, begin + fields.length), place)
    }
    return kept
  }
}
