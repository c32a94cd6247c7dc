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

const SHOWN_CHARACTERS = 64

/** Quote text from a client in a message: at most 64 printable characters, without controls and invisible ones. */
export function printable(text: string): string {
  // A character has at most 8 UTF-16 units here; the rest of a long text need not be looked at.
  const characters = [...text.slice(0, SHOWN_CHARACTERS * 8).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '')]
  if (characters.length <= SHOWN_CHARACTERS) return characters.join('')
  return `${characters.slice(0, SHOWN_CHARACTERS - 1).join('')}…`
}

/** A whole message that may quote text from outside, with a mark in place of what cannot be shown or stored. */
export function withoutControls(message: string): string {
  return message.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{fffd}')
}
