/** What a strategy may be at most. */
export const LIMITS = {
  /** Bytes of the document as compact JSON in UTF-8. */
  documentBytes: 64 * 1024,
  /** Characters of one expression. */
  expressionLength: 4_096,
  /** Brackets, calls, `not` and signs inside each other. */
  depth: 64,
  /** Operations and series inside each other, a chain such as `a + b + c` being one. */
  nesting: 400,
  /** Values, names and operations of all expressions together. */
  nodes: 2_000,
  /** Words, numbers and symbols of all expressions together. */
  tokens: 10_000,
  /** Values, names and operations once series are counted for each timeframe on which they are computed. */
  operations: 4_000,
  parameters: 32,
  series: 128,
  /** Different timeframes behind an `@`. */
  timeframes: 4,
  /** Bars of history before the first value, in the strategy's own timeframe. */
  lookBack: 100_000,
  takeProfits: 8,
  /** Diagnostics of one check; the rest is not told. */
  diagnostics: 100,
  /** Pairs of letters that the search for suggestions compares in one check; after that there are none. */
  suggestionWork: 250_000,
  /** Characters of all conditions that a plan keeps to explain its rules, as in the JSON of an explanation. */
  explanation: 256 * 1024,
} as const
