/** What `parseTimestamp` answers in the place of a time. */
export const NO_TIMESTAMP = -1
export const BETWEEN_MILLISECONDS = -2

const ZERO = 48
const DASH = 45
const COLON = 58
const POINT = 46
const COMMA = 44
const PLUS = 43
const SPACE = 32
const UPPER_T = 84
const LOWER_T = 116
const ZONE_UTC = /^ ?(Z|z|UTC|\+00:?00|\+00|-00:?00)$/
const ZONE_OFFSET = /^ ?([+-])(\d\d):?(\d\d)$/

const DAYS_TO_EPOCH = 719_468
const DAY_MS = 86_400_000
const MONTH_DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function digitsAt(bytes: Buffer, at: number, count: number, end: number): number {
  if (at + count > end) return Number.NaN
  let value = 0
  for (let index = at; index < at + count; index++) {
    const digit = (bytes[index] as number) - ZERO
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

function daysOf(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return month === 2 && isLeap ? 29 : (MONTH_DAYS[month] ?? 0)
}

/** Days from 1970-01-01, by eras of 400 years (Hinnant, "chrono-compatible low-level date algorithms"). */
function dayNumber(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - DAYS_TO_EPOCH
}

let fractionEnd = 0
/** Reads digits after a point as milliseconds. Sets `fractionEnd` to where they end. */
function fractionAt(bytes: Buffer, start: number, end: number): number {
  let milliseconds = 0
  let at = start
  let isExact = true
  for (let weight = 100; at < end; at++, weight /= 10) {
    const digit = (bytes[at] as number) - ZERO
    if (digit < 0 || digit > 9) break
    if (weight >= 1) milliseconds += digit * weight
    else if (digit !== 0) isExact = false
  }
  fractionEnd = at
  if (at === start) return NO_TIMESTAMP
  return isExact ? milliseconds : BETWEEN_MILLISECONDS
}

/** Minutes that a zone lies before UTC; NaN where it is none. */
function zoneMinutes(bytes: Buffer, start: number, end: number): number {
  if (start === end) return 0
  const text = bytes.toString('latin1', start, end)
  if (ZONE_UTC.test(text)) return 0
  const [, sign, hours, minutes] = ZONE_OFFSET.exec(text) ?? []
  if (sign === undefined || Number(hours) > 14 || Number(minutes) > 59) return Number.NaN
  return (Number(hours) * 60 + Number(minutes)) * (sign === '+' ? 1 : -1)
}

/** Milliseconds since the day's begin, zone included; NaN where it is no time, infinite where it is between two. */
function parseTimeOfDay(bytes: Buffer, start: number, end: number): number {
  const hours = digitsAt(bytes, start, 2, end)
  const minutes = digitsAt(bytes, start + 3, 2, end)
  if (bytes[start + 2] !== COLON || !(hours <= 23) || !(minutes <= 59)) return Number.NaN
  let at = start + 5
  let time = (hours * 60 + minutes) * 60_000
  if (at < end && bytes[at] === COLON) {
    const seconds = digitsAt(bytes, at + 1, 2, end)
    if (!(seconds <= 59)) return Number.NaN
    time += seconds * 1_000
    at += 3
    if (at < end && (bytes[at] === POINT || bytes[at] === COMMA)) {
      const fraction = fractionAt(bytes, at + 1, end)
      if (fraction < 0) return fraction === NO_TIMESTAMP ? Number.NaN : Number.POSITIVE_INFINITY
      time += fraction
      at = fractionEnd
    }
  }
  return time - zoneMinutes(bytes, at, end) * 60_000
}

function parseIso(bytes: Buffer, start: number, end: number): number {
  const year = digitsAt(bytes, start, 4, end)
  const month = digitsAt(bytes, start + 5, 2, end)
  const day = digitsAt(bytes, start + 8, 2, end)
  const isDate = bytes[start + 7] === DASH && year >= 1970 && day >= 1 && day <= daysOf(year, month)
  if (!isDate) return NO_TIMESTAMP
  const date = dayNumber(year, month, day) * DAY_MS
  if (end === start + 10) return date
  const separator = bytes[start + 10]
  if (separator !== UPPER_T && separator !== SPACE && separator !== LOWER_T) return NO_TIMESTAMP
  const time = date + parseTimeOfDay(bytes, start + 11, end)
  if (time === Number.POSITIVE_INFINITY) return BETWEEN_MILLISECONDS
  return time >= 0 ? time : NO_TIMESTAMP
}

/** A count of seconds, milliseconds, microseconds or nanoseconds since 1970, as many digits as it has. */
function parseCount(bytes: Buffer, from: number, end: number): number {
  let start = from
  while (start < end - 1 && bytes[start] === ZERO) start++
  let digits = start
  while (digits < end && (bytes[digits] as number) >= ZERO && (bytes[digits] as number) <= ZERO + 9) digits++
  const count = digits - start
  if (count === 0 || count > 20) return NO_TIMESTAMP
  const fraction = digits < end && bytes[digits] === POINT ? fractionAt(bytes, digits + 1, end) : 0
  if (digits < end && (fraction === NO_TIMESTAMP || fractionEnd !== end)) return NO_TIMESTAMP
  if (fraction === BETWEEN_MILLISECONDS || (fraction > 0 && count > 11)) return BETWEEN_MILLISECONDS
  if (count <= 11) return digitsAt(bytes, start, count, end) * 1_000 + fraction
  const surplus = count <= 14 ? 0 : count <= 17 ? 3 : 6
  if (surplus > 0 && digitsAt(bytes, digits - surplus, surplus, end) !== 0) return BETWEEN_MILLISECONDS
  return digitsAt(bytes, start, count - surplus, end)
}

/**
 * The time in some bytes as milliseconds since 1970, UTC: a count in s, ms, µs or ns by its magnitude (below 1e11,
 * 1e14, 1e17, or above), or ISO 8601, which is UTC where it names no zone.
 */
export function parseTimestamp(bytes: Buffer, start: number, end: number): number {
  if (end - start >= 10 && bytes[start + 4] === DASH) return parseIso(bytes, start, end)
  const at = bytes[start] === PLUS ? start + 1 : start
  return parseCount(bytes, at, end)
}
