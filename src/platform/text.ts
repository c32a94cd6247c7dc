/**
 * Unicode case folding, one code point at a time: a final sigma then folds like any other. Only the dotless i keeps
 * itself, as in Unicode's CaseFolding.txt: its upper case is the plain I.
 */
export function foldCase(text: string): string {
  return [...text].map((point) => (point === 'ı' ? point : point.toUpperCase().toLowerCase())).join('')
}

/** Whether a text has C0 or C1 controls: NUL above all, which PostgreSQL cannot store. */
export function hasControlCharacters(text: string): boolean {
  return /\p{Cc}/u.test(text)
}

/** Longest part of a request or a file that an error message quotes. */
const MAX_QUOTED = 64
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu

/** Replaces what a log, a page or PostgreSQL cannot show: controls, formatting marks, unpaired surrogates. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\u{fffd}')
}

/** The beginning of text from outside, for a message that quotes it: at most 64 printable characters. */
export function excerpt(text: string): string {
  // A character has at most two units: the rest need not be looked at.
  const points = [...printable(text.slice(0, 2 * MAX_QUOTED + 2))]
  return points.length <= MAX_QUOTED ? points.join('') : `${points.slice(0, MAX_QUOTED - 1).join('')}…`
}
