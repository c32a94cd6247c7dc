import { hasControlCharacters } from '../text.ts'
import { isUuid } from '../uuid.ts'

/** A string format of the application: the check, what to tell the field, and what to tell a person. */
export type Format = {
  test(text: string): boolean
  problem: string
  detail?: string
  /** The same rule as a regular expression, for the OpenAPI document, where one can express it. */
  pattern?: string
}
export type Formats = Record<string, Format>

/** The smallest size of a number other than 0: smaller ones lose digits, or overflow when something is divided by them. */
export const SMALLEST_NUMBER = 1e-12

/** Formats that describe responses; responses are shaped by their schema, not checked. */
const RESPONSE_FORMATS = ['date-time', 'uri']

const STRING_FORMATS: Formats = {
  text: {
    test: (text) => text.isWellFormed() && !hasControlCharacters(text),
    problem: 'must not contain control characters or unpaired surrogates',
    pattern: String.raw`^[^\u0000-\u001f\u007f-\u009f]*$`,
  },
  uuid: {
    test: isUuid,
    problem: 'must be a UUID',
  },
  'visible-ascii': {
    test: (text) => /^[\x21-\x7e]*$/.test(text),
    problem: 'must consist of visible ASCII characters without spaces',
    pattern: String.raw`^[\u0021-\u007e]*$`,
  },
}

const DECIMAL = 'decimal'

const NUMBER_FORMATS: Record<string, { test(value: number): boolean; problem: string }> = {
  [DECIMAL]: {
    test: (value) => value === 0 || Math.abs(value) >= SMALLEST_NUMBER,
    problem: `must be 0, or have an absolute value of at least ${SMALLEST_NUMBER}`,
  },
}

/** All string formats: those of every application, and its own. */
export function withStringFormats(own: Formats): Map<string, Format> {
  return new Map(Object.entries({ ...STRING_FORMATS, ...own }))
}

/** All formats as Ajv takes them. */
export function ajvFormats(own: Formats) {
  const strings = [...withStringFormats(own)].map(
    ([name, { test }]) => [name, { type: 'string', validate: test }] as const,
  )
  const numbers = Object.entries(NUMBER_FORMATS).map(
    ([name, { test }]) => [name, { type: 'number', validate: test }] as const,
  )
  const described = RESPONSE_FORMATS.map((name) => [name, true] as const)
  return Object.fromEntries([...strings, ...numbers, ...described])
}

/** What to tell a field whose value has not a format. */
export function formatProblem(name: string, own: Formats): string {
  const format = withStringFormats(own).get(name) ?? new Map(Object.entries(NUMBER_FORMATS)).get(name)
  return format?.problem ?? 'has the wrong form'
}

/** The formats in words, for the OpenAPI document. */
export function describeFormats(own: Formats): string {
  const strings = [...withStringFormats(own)].map(([name, { problem }]) => [name, problem])
  const numbers = Object.entries(NUMBER_FORMATS).map(([name, { problem }]) => [name, problem])
  return [...strings, ...numbers].map(([name, problem]) => `- \`${name}\`: ${problem}`).join('\n')
}
