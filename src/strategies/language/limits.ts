/** What a strategy may be at most. */
export const LIMITS = {
  /** Bytes of the document as compact JSON in UTF-8. */
  documentBytes: 64 * 1024,
  /** Characters of one expression. */
  expressionLength: 4_096,
  /** Brackets, calls, `not` and signs inside each other. */
  depth: 64,
  /** Values, names and operations of all expressions together. */
  nodes: 2_000,
  parameters: 32,
  series: 128,
  /** Different timeframes behind an `@`. */
  timeframes: 4,
  /** Bars of history before the first value, in the strategy's own timeframe. */
  lookBack: 100_000,
  takeProfits: 8,
  /** Diagnostics of one check; the rest is not told. */
  diagnostics: 100,
} as const
