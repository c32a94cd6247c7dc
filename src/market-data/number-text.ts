const MINUS = 45
const PLUS = 43
const POINT = 46
const ZERO = 48
export const MAX_EXACT = 2 ** 53
export const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))
/** Without a choice in how digits are matched, so that long ones take linear time. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?$/

function parseAnyNumber(bytes: Buffer, start: number, end: number): number {
  const text = bytes.toString('latin1', start, end).trim()
  return DECIMAL.test(text) ? Number(text) : Number.NaN
}

/**
 * The decimal number in some bytes, rounded correctly; NaN where it is none. Most prices have few enough digits that both
 * they and the power of ten are exact, so that one division rounds as it should (Clinger 1990).
 */
export function parseNumber(bytes: Buffer, start: number, end: number): number {
  const sign = bytes[start]
  let mantissa = 0
  let digits = 0
  let decimals = 0
  let perDigit = 0
  for (let at = sign === MINUS || sign === PLUS ? start + 1 : start; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit
      digits++
      decimals += perDigit
    } else if (digit === POINT - ZERO && perDigit === 0) {
      perDigit = 1
    } else {
      return parseAnyNumber(bytes, start, end)
    }
  }
  if (digits === 0 || mantissa >= MAX_EXACT || decimals >= POWERS_OF_TEN.length) {
    return parseAnyNumber(bytes, start, end)
  }
  const value = decimals === 0 ? mantissa : mantissa / (POWERS_OF_TEN[decimals] as number)
  return sign === MINUS ? -value : value
}
