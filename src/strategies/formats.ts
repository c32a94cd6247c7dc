import type { Formats } from '../platform/http/formats.ts'

/** The string formats of strategies' fields. */
export const strategyFormats: Formats = {
  paragraphs: {
    test: (text) => text.isWellFormed() && !/\p{Cc}/u.test(text.replaceAll(/[\n\r\t]/g, '')),
    problem: 'must not contain control characters other than line breaks and tabs, or unpaired surrogates',
    pattern: String.raw`^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$`,
  },
}
