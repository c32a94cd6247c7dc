import { wordsOf } from '../../numerics/memory-views.ts'
import { inSlices } from './in-slices.ts'

const DIGIT_BITS = 16
const DIGITS = 1 << DIGIT_BITS
const SIGN = 0x8000_0000

/** Keys of rows as pairs of 32-bit words whose unsigned order is the order of the numbers, NaN first. */
export type SortKeys = { high: Uint32Array; low: Uint32Array }

export function sortKeys(rows: number): SortKeys {
  return { high: new Uint32Array(rows), low: new Uint32Array(rows) }
}

const number = new Float64Array(1)
const words = wordsOf(number)

/**
 * Write the keys of `values` from the row `from` on. A double's bits order like integers once a negative one is
 * inverted and a positive one has its sign bit set; 0 and -0 are equal.
 */
export function writeKeys(
  { high, low }: SortKeys,
  values: Float64Array,
  from: number,
  isDescending: boolean,
) {
  const flip = isDescending ? 0xffff_ffff : 0
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number
    number[0] = value + 0
    const [lowWord, highWord] = [words[0] as number, words[1] as number]
    const isNegative = highWord >= SIGN
    const isMissing = Number.isNaN(value)
    const key = isNegative ? ~highWord : highWord | SIGN
    high[from + at] = (isMissing ? 0 : key) ^ flip
    low[from + at] = (isMissing ? 0 : isNegative ? ~lowWord : lowWord) ^ flip
  }
}

/** Turn counts of digits into the first place of each. Returns false where all rows have the same digit. */
function countsToPlaces(counts: Uint32Array, rows: number): boolean {
  let place = 0
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = counts[digit] as number
    if (count === rows) return false
    counts[digit] = place
    place += count
  }
  return true
}

/**
 * Row numbers in the ascending order of their keys, equal ones in their own order: a radix sort in slices, between
 * which the event loop runs.
 */
export async function orderRows({ high, low }: SortKeys): Promise<Uint32Array> {
  const rows = high.length
  let order = new Uint32Array(rows)
  await inSlices(rows, (from, to) => {
    for (let at = from; at < to; at++) order[at] = at
  })
  let next = new Uint32Array(rows)
  for (const [column, shift] of [
    [low, 0],
    [low, DIGIT_BITS],
    [high, 0],
    [high, DIGIT_BITS],
  ] as const) {
    const places = new Uint32Array(DIGITS)
    await inSlices(rows, (from, to) => {
      for (let at = from; at < to; at++) {
        const digit = ((column[at] as number) >>> shift) & (DIGITS - 1)
        places[digit] = (places[digit] as number) + 1
      }
    })
    if (!countsToPlaces(places, rows)) continue
    await inSlices(rows, (from, to) => {
      for (let at = from; at < to; at++) {
        const row = order[at] as number
        const digit = ((column[row] as number) >>> shift) & (DIGITS - 1)
        const place = places[digit] as number
        places[digit] = place + 1
        next[place] = row
      }
    })
    ;[order, next] = [next, order]
  }
  return order
}
