import { Endianness } from 'apache-arrow/fb/endianness'
import type { Field } from 'apache-arrow/fb/field'
import type { Schema } from 'apache-arrow/fb/schema'
import { Type } from 'apache-arrow/fb/type'
import { printable } from '../platform/text.ts'
import { type ColumnValues, numbersOf, timesOf } from './arrow-values.ts'
import { MAX_COLUMNS, matchColumns } from './column-names.ts'
import { fileFault } from './row-faults.ts'
import type { Series } from './series.ts'

export type ArrowColumn = {
  /** The column of the series that it fills; −1 for none. */
  index: number
  /** How many buffers of the body belong to it. */
  buffers: number
  /** Undefined for a column that is not used. */
  values: ColumnValues | undefined
}

/** Types without children, by the number of their buffers. */
const BUFFERS = new Map<Type, number>([
  [Type.Null, 0],
  ...[
    Type.Int,
    Type.FloatingPoint,
    Type.Bool,
    Type.Decimal,
    Type.Date,
    Type.Time,
    Type.Timestamp,
    Type.Interval,
    Type.FixedSizeBinary,
    Type.Duration,
  ].map((type): [Type, number] => [type, 2]),
  ...[Type.Binary, Type.Utf8, Type.LargeBinary, Type.LargeUtf8].map((type): [Type, number] => [type, 3]),
])

function columnOf(field: Field, name: string, index: number): ArrowColumn {
  const isDictionary = field.dictionary() !== null
  const buffers = isDictionary ? 2 : BUFFERS.get(field.typeType())
  if (buffers === undefined || field.childrenLength() > 0)
    throw fileFault(`The column ${printable(name)} has a type that is not supported. Leave it out.`)
  if (index === -1) return { index, buffers, values: undefined }
  const values = isDictionary ? undefined : index === 0 ? timesOf(field) : numbersOf(field)
  if (values === undefined) {
    const expected = index === 0 ? 'timestamps or integers' : 'doubles or integers'
    throw fileFault(`The column ${printable(name)} must hold ${expected}.`)
  }
  return { index, buffers, values }
}

/**
 * Read which columns a file has and how each becomes one of the series.
 * @throws AppError `invalid_file`, RangeError where it is damaged
 */
export function readSchema(schema: Schema, series: Series): ArrowColumn[] {
  if (schema.endianness() !== Endianness.Little)
    throw fileFault('The Arrow data is big-endian. Write it on a little-endian machine.')
  const count = schema.fieldsLength()
  if (count > MAX_COLUMNS) throw fileFault(`The file has more than ${MAX_COLUMNS} columns. Leave some out.`)
  const fields = Array.from({ length: count }, (_, at) => schema.fields(at) as Field)
  const names = fields.map((field) => field.name() ?? '')
  const columns = matchColumns(names, series)
  return fields.map((field, at) => columnOf(field, names[at] as string, columns[at] as number))
}
