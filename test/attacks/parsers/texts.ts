import fc from 'fast-check'

/** Signs that parsers stumble over: separators, white space, controls, other forms of letters, halves of signs. */
const SIGNS = [
  ...'aZ09@.,;:=%&+-_/\\"\'<>()[]{}|~#!?*^$ \t\r\n\0\x7f',
  ...[
    '\u0085',
    '\u00a0',
    '\u00ad',
    '\u0130',
    '\u0131',
    '\u017f',
    '\u0301',
    '\u0345',
    '\u03a3',
    '\u03c2',
    '\u1e9e',
    '\u200b',
  ],
  ...[
    '\u200f',
    '\u2024',
    '\u2028',
    '\u202e',
    '\u2060',
    '\u212a',
    '\u3000',
    '\u3002',
    '\ufb03',
    '\ufe52',
    '\ufeff',
    '\uff20',
  ],
  ...[
    '\uff0e',
    '\uff21',
    '\ud800',
    '\udc00',
    '\u{1d4d0}',
    '\u{1f600}',
    '\u{e0041}',
    '%00',
    '%zz',
    '__proto__',
  ],
]

const sign = fc.constantFrom(...SIGNS)

/** Any text, mostly of such signs. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.array(sign, { maxLength: 40 }).map((signs) => signs.join('')),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.tuple(sign, fc.integer({ min: 1, max: 400 })).map(([one, times]) => one.repeat(times)),
)

type Change = (text: string) => string

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.nat(), sign).map(
    ([place, one]): Change =>
      (text) =>
        spliced(text, place, 0, one),
  ),
  fc.tuple(fc.nat(), sign).map(
    ([place, one]): Change =>
      (text) =>
        spliced(text, place, 1, one),
  ),
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 9 })).map(
    ([place, cut]): Change =>
      (text) =>
        spliced(text, place, cut, ''),
  ),
  fc.nat().map(
    (place): Change =>
      (text) =>
        text.slice(0, place % (text.length + 1)),
  ),
  fc.nat().map(
    (place): Change =>
      (text) =>
        text + text.slice(place % (text.length + 1)),
  ),
  fc.constantFrom<Change>(
    (text) => text.toUpperCase(),
    (text) => text.toLowerCase(),
    (text) => encodeURIComponent(text.toWellFormed()),
    (text) => [...text].reverse().join(''),
    (text) => `${text}=`,
    (text) => ` ${text} `,
  ),
)

function spliced(text: string, place: number, cut: number, put: string): string {
  const at = place % (text.length + 1)
  return text.slice(0, at) + put + text.slice(at + cut)
}

/** A text with something changed, once or several times. */
export function changed(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([whole, changes]) => changes.reduce((so, next) => next(so), whole))
}
