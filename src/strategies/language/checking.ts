import type { Timeframe } from '../../market-data/timeframe.ts'
import type { Diagnostics } from './diagnostic.ts'
import type { Expression } from './expression.ts'
import type { Facts } from './facts.ts'
import type { ValueType } from './functions.ts'
import type { Parameter, Rule } from './strategy-tree.ts'

/** Where an expression stands. */
export type Scope = { path: string; isExit: boolean; isBehindTimeframe: boolean }

/** All that the check of a document's expressions shares. */
export type Checking = {
  diagnostics: Diagnostics
  timeframe: Timeframe
  parameters: ReadonlyMap<string, Parameter>
  series: ReadonlyMap<string, Rule>
  /** What is known of the series that were met already. */
  known: Map<string, Facts>
  /** The series that are being looked at, each needed by the one before. */
  trail: string[]
  /** Parameters and series that something reads. */
  used: Set<string>
  timeframes: Set<string>
  /** Calls of `factsOf` that wait for this one. */
  depth: number
  /** Checks names and types of an expression, telling all that is wrong, and gives what is known of it. */
  factsOf(scope: Scope, expression: Expression): Facts
}

const CALLED: Record<ValueType, string> = { number: 'a number', boolean: 'a condition' }
const HINTS: Record<ValueType, string> = {
  number: 'A condition is no number; if(condition, 1, 0) makes one.',
  boolean: 'A number is no condition; compare it with another, as in "x > 0".',
}

/** Tells where a type is not the one that is needed. */
export function requireType(
  { diagnostics }: Checking,
  { path }: Scope,
  { from, to }: Expression,
  { type }: Facts,
  needed: ValueType,
): void {
  if (type === undefined || type === needed) return
  const message = `Expected ${CALLED[needed]} here, not ${CALLED[type]}. ${HINTS[needed]}`
  diagnostics.report('type_mismatch', { path, from, to }, message)
}

/** Tells where something that has to be known beforehand is not. */
export function requireConstant(
  { diagnostics }: Checking,
  { path }: Scope,
  { from, to }: Expression,
  { type, isConstant }: Facts,
  what: string,
): void {
  if (type === undefined || isConstant) return
  const message = `${what} must be known before the first bar: use numbers and parameters only.`
  diagnostics.report('not_constant', { path, from, to }, message)
}

/** Tells where earlier bars are asked of the position. */
export function refusePosition(
  { diagnostics }: Checking,
  { path }: Scope,
  { from, to }: Expression,
  { readsPosition }: Facts,
): void {
  if (!readsPosition) return
  const message = 'Values of the position are known for the present bar of the strategy only.'
  diagnostics.report('position_value_history', { path, from, to }, message)
}

/** Warns where bars are counted that repeat one value. */
export function warnOfHeld(
  { diagnostics }: Checking,
  { path }: Scope,
  { from, to }: Expression,
  { readsHeld, readsBars }: Facts,
): void {
  if (!readsHeld || readsBars) return
  const message =
    'This is held from a larger timeframe, so one value is counted at many bars. To count bars of that timeframe, put the whole before the "@".'
  diagnostics.report('held_in_window', { path, from, to }, message)
}
