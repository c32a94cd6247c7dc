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
