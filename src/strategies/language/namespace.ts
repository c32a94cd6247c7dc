import { findIndicator, INDICATORS } from '../../indicators/catalogue.ts'
import type { Diagnostics } from './diagnostic.ts'
import { FUNCTIONS, isFunction } from './functions.ts'
import { BAR_VALUES, isName, isPositionValue, POSITION_VALUES, WORDS } from './names.ts'
import type { Reading } from './reading.ts'

/** What the language means by a name already; nothing where it is free. */
export function isReserved(name: string): string | undefined {
  if (BAR_VALUES.includes(name)) return 'a value of every bar'
  if (isPositionValue(name)) return 'a value of the position'
  if (isFunction(name)) return 'a function'
  if (findIndicator(name) !== undefined) return 'an indicator'
  return WORDS.some((word) => word === name) ? 'a word of the language' : undefined
}

/**
 * Tells where a parameter or a series has a name of a wrong form, or one that means something already.
 * @returns whether it did
 */
export function refuseName(
  { diagnostics }: Pick<Reading, 'diagnostics'>,
  path: string,
  name: string,
  parameters: ReadonlyMap<string, unknown> = new Map(),
): boolean {
  const shown = JSON.stringify(name.slice(0, 64))
  if (!isName(name)) {
    const message = `${shown} is no name: small letters, digits and "_", no digit first, at most 64 characters.`
    diagnostics.report('wrong_name', { path }, message)
    return true
  }
  const owner = parameters.has(name) ? 'a parameter' : isReserved(name)
  if (owner === undefined) return false
  diagnostics.report('name_taken', { path }, `${shown} is already ${owner}. Choose another name.`)
  return true
}

/** What other languages and libraries call what is here. */
export const FOREIGN_FUNCTIONS = new Map([
  ['crossover', 'crosses_above'],
  ['cross', 'crosses_above'],
  ['crossunder', 'crosses_below'],
  ['log', 'ln'],
  ['iff', 'if'],
  ['rolling_max', 'highest'],
  ['rolling_min', 'lowest'],
  ['mean', 'sma'],
  ['average', 'sma'],
  ['ma', 'sma'],
  ['smma', 'rma'],
  ['std', 'stddev'],
  ['stochastic', 'stoch'],
  ['bb', 'bollinger'],
  ['bbands', 'bollinger'],
  ['tr', 'true_range'],
  ['trange', 'true_range'],
  ['change', 'mom'],
  ['momentum', 'mom'],
  ['sar', 'psar'],
])
export const FOREIGN_VALUES = new Map([
  ['o', 'open'],
  ['h', 'high'],
  ['l', 'low'],
  ['c', 'close'],
  ['price', 'close'],
  ['v', 'volume'],
  ['time', 'timestamp'],
  ['date', 'timestamp'],
  ['weekday', 'day_of_week'],
  ['day', 'day_of_month'],
  ['profit', 'position_return'],
  ['pnl', 'position_return'],
])

/** The value that was likely meant by a name that means nothing. */
export function suggestValue(
  { nearest }: Pick<Diagnostics, 'nearest'>,
  name: string,
  own: Iterable<string>,
): string | undefined {
  const known = [...BAR_VALUES, ...POSITION_VALUES]
  return nearest(name, own) ?? FOREIGN_VALUES.get(name.toLowerCase()) ?? nearest(name, known)
}

/** The function or indicator that was likely meant. */
export function suggestFunction({ nearest }: Pick<Diagnostics, 'nearest'>, name: string): string | undefined {
  const known = [...Object.keys(FUNCTIONS), ...INDICATORS.map((indicator) => indicator.name)]
  return FOREIGN_FUNCTIONS.get(name.toLowerCase()) ?? nearest(name, known)
}

export function isCallable(name: string): boolean {
  return isFunction(name) || findIndicator(name) !== undefined
}
