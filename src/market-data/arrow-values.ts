import { Date as DateType } from 'apache-arrow/fb/date'
import { DateUnit } from 'apache-arrow/fb/date-unit'
import type { Field } from 'apache-arrow/fb/field'
import { FloatingPoint } from 'apache-arrow/fb/floating-point'
import { Int } from 'apache-arrow/fb/int'
import { Precision } from 'apache-arrow/fb/precision'
import { TimeUnit } from 'apache-arrow/fb/time-unit'
import { Timestamp } from 'apache-arrow/fb/timestamp'
import { Type } from 'apache-arrow/fb/type'

/** Copies the values of `count` rows from row `from` into doubles; NaN for what is not exact in a double. */
type Copy = (view: DataView, from: number, count: number, into: Float64Array) => void

/** How the values of a column are read: bytes of each, and how they become doubles. */
export type ColumnValues = { width: 1 | 2 | 4 | 8; copy: Copy }

const DAY_MS = 86_400_000
const HIGH_WORD = 2 ** 32
const MAX_EXACT = 2 ** 53

function each(width: 1 | 2 | 4 | 8, read: (view: DataView, at: number) => number): ColumnValues {
  const copy: Copy = (view, from, count, into) => {
    for (let row = 0; row < count; row++) into[row] = read(view, (from + row) * width)
  }
  return { width, copy }
}

/** Loops of their own, since nearly all values are of these two kinds and a call for each costs half of the rate. */
const DOUBLES: ColumnValues = {
  width: 8,
  copy(view, from, count, into) {
    for (let row = 0; row < count; row++) into[row] = view.getFloat64((from + row) * 8, true)
  },
}
const MILLISECONDS: ColumnValues = {
  width: 8,
  copy(view, from, count, into) {
    for (let row = 0; row < count; row++) {
      const at = (from + row) * 8
      const value = view.getInt32(at + 4, true) * HIGH_WORD + view.getUint32(at, true)
      into[row] = Math.abs(value) <= MAX_EXACT ? value : Number.NaN
    }
  },
}
const SINGLES = each(4, (view, at) => view.getFloat32(at, true))
const DAYS = each(4, (view, at) => view.getInt32(at, true) * DAY_MS)

const unsigned64 = each(8, (view, at) => {
  const value = view.getUint32(at + 4, true) * HIGH_WORD + view.getUint32(at, true)
  return value <= MAX_EXACT ? value : Number.NaN
})

/** A count of 64 bits divided by 1,000 or 1,000,000; NaN where it is negative or a rest remains. */
function quotient(view: DataView, at: number, divisor: 1_000 | 1_000_000): number {
  const high = view.getInt32(at + 4, true)
  const rest = (high * (HIGH_WORD % divisor) + view.getUint32(at, true)) / divisor
  return high >= 0 && Number.isInteger(rest) ? high * Math.floor(HIGH_WORD / divisor) + rest : Number.NaN
}

const TIMESTAMPS: Record<TimeUnit, ColumnValues> = {
  [TimeUnit.SECOND]: each(8, (view, at) => Number(view.getBigInt64(at, true)) * 1_000),
  [TimeUnit.MILLISECOND]: MILLISECONDS,
  [TimeUnit.MICROSECOND]: each(8, (view, at) => quotient(view, at, 1_000)),
  [TimeUnit.NANOSECOND]: each(8, (view, at) => quotient(view, at, 1_000_000)),
}

function integers(type: Int): ColumnValues | undefined {
  const isSigned = type.isSigned()
  const bits = type.bitWidth()
  if (bits === 64) return isSigned ? MILLISECONDS : unsigned64
  if (bits === 32)
    return each(4, isSigned ? (view, at) => view.getInt32(at, true) : (view, at) => view.getUint32(at, true))
  if (bits === 16)
    return each(2, isSigned ? (view, at) => view.getInt16(at, true) : (view, at) => view.getUint16(at, true))
  if (bits === 8) return each(1, isSigned ? (view, at) => view.getInt8(at) : (view, at) => view.getUint8(at))
  return undefined
}

/** A count in the unit that its magnitude tells, as in a CSV. */
function instantOf(count: number, view: DataView, at: number): number {
  if (count < 0) return Number.NaN
  if (count < 1e11) return count * 1_000
  if (count < 1e14) return count
  return quotient(view, at, count < 1e17 ? 1_000 : 1_000_000)
}

function integerTimes(type: Int): ColumnValues | undefined {
  if (type.bitWidth() !== 64) {
    const plain = integers(type)
    const one = new Float64Array(1)
    if (plain === undefined) return undefined
    const { width, copy } = plain
    return each(width, (view, at) => {
      copy(view, at / width, 1, one)
      return instantOf(one[0] as number, view, at)
    })
  }
  return each(8, (view, at) => {
    const high = type.isSigned() ? view.getInt32(at + 4, true) : view.getUint32(at + 4, true)
    return instantOf(high * HIGH_WORD + view.getUint32(at, true), view, at)
  })
}

/** How a column of times, UTC in ms, is read; undefined where its type is none. */
export function timesOf(field: Field): ColumnValues | undefined {
  const kind = field.typeType()
  if (kind === Type.Timestamp) {
    const type: Timestamp | null = field.type(new Timestamp())
    return type === null ? undefined : TIMESTAMPS[type.unit()]
  }
  if (kind === Type.Date) {
    const type: DateType | null = field.type(new DateType())
    return type?.unit() === DateUnit.DAY ? DAYS : MILLISECONDS
  }
  const type: Int | null = kind === Type.Int ? field.type(new Int()) : null
  return type === null ? undefined : integerTimes(type)
}

/** How a column of numbers is read; undefined where its type is none. */
export function numbersOf(field: Field): ColumnValues | undefined {
  const kind = field.typeType()
  if (kind === Type.Int) {
    const type: Int | null = field.type(new Int())
    return type === null ? undefined : integers(type)
  }
  const type: FloatingPoint | null = kind === Type.FloatingPoint ? field.type(new FloatingPoint()) : null
  if (type?.precision() === Precision.DOUBLE) return DOUBLES
  return type?.precision() === Precision.SINGLE ? SINGLES : undefined
}
