import { LIMITS } from './limits.ts'
import { nearest } from './suggest.ts'

/** Everything a check can say, with what it means. `docs/STRATEGY-LANGUAGE.md` lists the same. */
export const DIAGNOSTICS = {
  document_too_large: { severity: 'error', meaning: 'The document has more than 64 KiB' },
  wrong_type: { severity: 'error', meaning: 'A value of the document is not of the type that belongs there' },
  missing_key: { severity: 'error', meaning: 'A key that must be there is not' },
  unknown_key: { severity: 'error', meaning: 'A key that means nothing; nothing is ignored' },
  unknown_choice: { severity: 'error', meaning: 'A text that is not one of those that can stand there' },
  wrong_text: {
    severity: 'error',
    meaning: 'A text is empty, too long, or has characters that cannot be shown',
  },
  wrong_name: {
    severity: 'error',
    meaning: 'A name is not of the form `[a-z_][a-z0-9_]{0,63}`',
  },
  name_taken: {
    severity: 'error',
    meaning: 'A parameter or a series has the name of a column, function, indicator, word, or of each other',
  },
  too_many: {
    severity: 'error',
    meaning: 'More parameters, series, timeframes or targets than there may be',
  },
  wrong_range: {
    severity: 'error',
    meaning: "A parameter's default, min, max and step do not fit each other",
  },
  no_side: { severity: 'error', meaning: 'Neither `long` nor `short` is there' },
  stop_needed: { severity: 'error', meaning: 'Sizing by what is at risk needs a stop loss' },
  too_much_taken: { severity: 'error', meaning: 'The targets close more than 100 % of the position' },
  targets_not_in_order: { severity: 'error', meaning: 'A target is not farther away than the one before it' },
  expression_too_long: { severity: 'error', meaning: 'An expression has more than 4,096 characters' },
  too_deep: {
    severity: 'error',
    meaning:
      'Brackets, calls, `not` and signs lie more than 64 deep, or operations and the series they read more than 400',
  },
  too_many_nodes: {
    severity: 'error',
    meaning: 'All expressions together have more than 2,000 values, names and operations',
  },
  too_many_tokens: {
    severity: 'error',
    meaning: 'All expressions together have more than 10,000 words, numbers and symbols',
  },
  too_many_operations: {
    severity: 'error',
    meaning:
      'More than 4,000 values, names and operations once series are counted for each timeframe that reads them',
  },
  unexpected_character: { severity: 'error', meaning: 'A character that is no part of the language' },
  syntax: { severity: 'error', meaning: 'Something else should stand at this place' },
  number_too_large: { severity: 'error', meaning: 'A number is beyond what a 64-bit float can hold' },
  chained_comparison: { severity: 'error', meaning: '`a < b < c`, which is `a < b and b < c`' },
  unknown_name: { severity: 'error', meaning: 'A name that is no column, parameter or series' },
  unknown_function: { severity: 'error', meaning: 'A function or indicator that does not exist' },
  function_not_called: { severity: 'error', meaning: 'A function without its brackets' },
  not_a_function: { severity: 'error', meaning: 'Brackets after a name that is no function' },
  unknown_output: { severity: 'error', meaning: 'A `.name` that the indicator does not have' },
  wrong_arguments: { severity: 'error', meaning: 'Too few or too many arguments' },
  type_mismatch: {
    severity: 'error',
    meaning: 'A number where a condition is needed, or the other way round',
  },
  not_constant: {
    severity: 'error',
    meaning: 'A window, an offset or a setting that depends on more than numbers and parameters',
  },
  out_of_range: {
    severity: 'error',
    meaning:
      'A constant is too small, too large or no integer, at the given values, at all minimums or at all maximums',
  },
  parameters_disagree: {
    severity: 'error',
    meaning: 'The constants of an indicator do not fit each other at the given values',
  },
  position_value_misplaced: { severity: 'error', meaning: 'A value of the position outside of an exit rule' },
  position_value_history: {
    severity: 'error',
    meaning: 'An offset, window, cross, indicator or timeframe over a value of the position',
  },
  series_cycle: { severity: 'error', meaning: 'Series that need each other' },
  unknown_timeframe: { severity: 'error', meaning: 'A timeframe that does not exist' },
  nested_timeframe: { severity: 'error', meaning: 'An `@` inside what stands before another `@`' },
  timeframe_not_larger: {
    severity: 'error',
    meaning: "The timeframe after `@` is not made of whole bars of the strategy's",
  },
  look_back_too_long: {
    severity: 'error',
    meaning: 'The first value needs more than 100,000 bars before it',
  },
  unknown_parameter: { severity: 'error', meaning: 'A value was given for a parameter that does not exist' },
  wrong_parameter: {
    severity: 'error',
    meaning: 'The value given for a parameter is of another type, no integer, or out of its range',
  },
  parameters_can_disagree: {
    severity: 'warning',
    meaning:
      'The constants of an indicator do not fit each other when all parameters are at their min or max',
  },
  held_in_window: {
    severity: 'warning',
    meaning:
      'An offset, a window or an indicator counts bars of a value that is held from a larger timeframe',
  },
  held_cross: {
    severity: 'warning',
    meaning: 'A cross before an `@` stays true until the next bar of the larger timeframe',
  },
  unsettled: {
    severity: 'warning',
    meaning: 'Values settle only after more than 100,000 bars, so the start date can move them a little',
  },
  never_exits: { severity: 'warning', meaning: 'Nothing closes a position of this side' },
  always_the_same: { severity: 'warning', meaning: 'A rule is true, false or unknown at every bar' },
  never_a_number: { severity: 'warning', meaning: 'A constant such as `1 / 0` or `ln(0)`' },
  unused_parameter: { severity: 'warning', meaning: 'A parameter that nothing reads' },
  unused_series: { severity: 'warning', meaning: 'A series that no rule reads' },
} as const satisfies Record<string, { severity: 'error' | 'warning'; meaning: string }>

export type DiagnosticCode = keyof typeof DIAGNOSTICS

export type Diagnostic = {
  code: DiagnosticCode
  /** One sentence for a person. */
  message: string
  /** Where in the document: keys and positions with dots between, such as `risk.take_profit.0.value`. */
  path: string
  /** Where in the expression at `path`, in UTF-16 units, the end not included; null for the whole value. */
  from: number | null
  to: number | null
  severity: 'error' | 'warning'
  /** What the user may have meant: a text for the place, or a name. */
  suggestion: string | null
}

export type Place = { path: string; from?: number; to?: number }

export type Diagnostics = {
  readonly list: Diagnostic[]
  /** One code is told once for a place, however often it is found there. */
  report(code: DiagnosticCode, place: Place, message: string, suggestion?: string): void
  hasErrors(): boolean
  /** Whether nothing more is told, so that nobody needs to think about what to say. */
  isFull(): boolean
  /** The known word that was likely meant, as long as the check's budget for such searches lasts. */
  nearest(word: string, known: Iterable<string>): string | undefined
}

export function createDiagnostics(): Diagnostics {
  const list: Diagnostic[] = []
  const told = new Set<string>()
  const work = { left: LIMITS.suggestionWork }
  let hasErrors = false
  /** An error takes the place of a warning where there is no other. */
  const makeRoom = (severity: Diagnostic['severity']): boolean => {
    if (list.length < LIMITS.diagnostics) return true
    const place = list.findLastIndex((one) => one.severity === 'warning')
    if (place < 0 || severity === 'warning') return false
    list.splice(place, 1)
    return true
  }
  return {
    list,
    hasErrors: () => hasErrors,
    nearest: (word, known) => nearest(word, known, work),
    isFull: () => list.length >= LIMITS.diagnostics && !list.some(({ severity }) => severity === 'warning'),
    report(code, { path, from, to }, message, suggestion) {
      const key = `${code} ${from} ${to} ${path}`
      if (told.has(key)) return
      told.add(key)
      const { severity } = DIAGNOSTICS[code]
      if (severity === 'error') hasErrors = true
      if (!makeRoom(severity)) return
      const place = { path, from: from ?? null, to: to ?? null }
      list.push({ code, message, ...place, severity, suggestion: suggestion ?? null })
    },
  }
}
