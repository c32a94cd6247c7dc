/** Characters that end a line, steer a terminal or turn the reading direction of what follows. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu

/**
 * A value as one harmless line of text, for headers and for the middle of our sentences: without line breaks, control
 * characters, direction overrides and lone surrogates. Joiners stay, since emoji and several scripts need them.
 */
export function plainLine(value: string): string {
  return value.toWellFormed().replace(CONTROLS, ' ').replace(/\s+/g, ' ').trim()
}
