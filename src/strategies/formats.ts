import type { Formats } from '../platform/http/validation.ts'

/** The string formats of strategies' fields. */
export const strategyFormats: Formats = {
  paragraphs: {
    test: (text) => text.isWellFormed() && !/\p{Cc}/u.test(text.replaceAll(/[\n\r\t]/g, '')),
    problem: 'must not contain control characters but line breaks and tabs, nor unpaired surrogates',
  },
}
