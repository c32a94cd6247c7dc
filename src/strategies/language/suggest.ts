import { LIMITS } from './limits.ts'

/** Longer words are compared by their beginning: no name is that long. */
const LONGEST = 64

/** Pairs of letters that may still be compared. */
export type SuggestionWork = { left: number }

/** Rows of the table of distances, one longer than any candidate that is near enough to be compared. */
const ROWS = [new Uint8Array(2 * LONGEST), new Uint8Array(2 * LONGEST), new Uint8Array(2 * LONGEST)] as const

/**
 * Letters to add, drop, change or swap with their neighbour until one word is the other (optimal string alignment).
 * Only the band in which it can be at most `limit` is computed.
 * @returns a number above `limit` where it is more than that
 */
function distance(a: string, b: string, limit: number, work: SuggestionWork): number {
  const beyond = limit + 1
  let [before, last, row] = ROWS
  for (let j = 0; j <= b.length; j++) row[j] = Math.min(j, beyond)
  let lastLeast = 0
  let least = 0
  for (let i = 1; i <= a.length; i++) {
    const spare = before
    before = last
    last = row
    row = spare
    const from = Math.max(1, i - limit)
    const to = Math.min(b.length, i + limit)
    work.left -= to - from + 1
    lastLeast = least
    least = from === 1 ? Math.min(i, beyond) : beyond
    row[from - 1] = least
    // The next row looks one place beyond this one's band.
    row[to + 1] = beyond
    for (let j = from; j <= to; j++) {
      let value = Math.min(at(last, j), at(row, j - 1)) + 1
      value = Math.min(value, at(last, j - 1) + (isSame(a, i, b, j) ? 0 : 1), beyond)
      if (j > 1 && isSame(a, i, b, j - 1) && isSame(a, i - 1, b, j)) {
        value = Math.min(value, at(before, j - 2) + 1)
      }
      row[j] = value
      if (value < least) least = value
    }
    if (least > limit && lastLeast > limit) return beyond
  }
  return at(row, b.length)
}

/** Whether the i-th letter of a word is the j-th of another. */
function isSame(a: string, i: number, b: string, j: number): boolean {
  return a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
}

function at(row: Uint8Array, index: number): number {
  return row[index] as number
}

/**
 * The known word that was likely meant: the nearest one, if no more than a third of its letters differ.
 * @param work what the search may still do; nothing is suggested once it is used up
 */
export function nearest(
  word: string,
  known: Iterable<string>,
  work: SuggestionWork = { left: LIMITS.suggestionWork },
): string | undefined {
  const wanted = word.slice(0, LONGEST).toLowerCase()
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    if (work.left <= 0) return undefined
    const most = Math.min(Math.max(1, Math.floor(candidate.length / 3)), least - 1)
    // Each letter that one has more is one to add.
    if (Math.abs(candidate.length - wanted.length) > most) continue
    const far = distance(wanted, candidate.toLowerCase(), most, work)
    if (far <= most) [best, least] = [candidate, far]
  }
  return best
}

/** The sentence's end that names a suggestion. */
export function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`
}
