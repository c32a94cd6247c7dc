import { createDiagnostics, type Diagnostics } from './diagnostic.ts'
import type { Expression } from './expression.ts'
import type { ValueType } from './functions.ts'
import { LIMITS } from './limits.ts'
import { type Budget, parseExpression } from './parser.ts'
import type { Constant, Range, Rule, RuleToCheck } from './strategy-tree.ts'
import { didYouMean } from './suggest.ts'
import { SyntaxFault } from './syntax-fault.ts'

/** What is gathered while a document is read. */
export type Reading = {
  diagnostics: Diagnostics
  budget: Budget
  rules: RuleToCheck[]
}

export type Fields = Readonly<Record<string, unknown>>

export function startReading(diagnostics: Diagnostics = createDiagnostics()): Reading {
  return { diagnostics, budget: { nodes: LIMITS.nodes, tokens: LIMITS.tokens }, rules: [] }
}

export function below(path: string, key: string | number): string {
  const text = String(key).slice(0, 64)
  return path === '' ? text : `${path}.${text}`
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

export function reportType({ diagnostics }: Reading, path: string, expected: string, value: unknown): void {
  diagnostics.report('wrong_type', { path }, `Expected ${expected} here, not ${typeOf(value)}.`)
}

/** The fields of an object, every unknown key told; nothing where the value is no object. */
export function readFields(
  reading: Reading,
  path: string,
  value: unknown,
  keys: { required: readonly string[]; optional?: readonly string[] },
): Fields | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    reportType(reading, path, 'an object', value)
    return undefined
  }
  const fields = new Map(Object.entries(value).filter(([, inner]) => inner !== undefined))
  const known = [...keys.required, ...(keys.optional ?? [])]
  for (const key of fields.keys()) if (!known.includes(key)) reportUnknownKey(reading, path, key, known)
  for (const key of keys.required) {
    if (!fields.has(key)) {
      reading.diagnostics.report('missing_key', { path: below(path, key) }, `The key "${key}" is missing.`)
    }
  }
  return Object.fromEntries(known.filter((key) => fields.has(key)).map((key) => [key, fields.get(key)]))
}

function reportUnknownKey(
  { diagnostics }: Reading,
  path: string,
  key: string,
  known: readonly string[],
): void {
  if (diagnostics.isFull()) return
  const suggestion = diagnostics.nearest(key, known)
  const end = didYouMean(suggestion) || ` Possible here: ${known.join(', ')}.`
  const message = `There is no key ${JSON.stringify(key.slice(0, 64))}.${end}`
  diagnostics.report('unknown_key', { path: below(path, key) }, message, suggestion)
}

/** One of a few texts. A value that is not there was told as a missing key. */
export function readChoice<T extends string>(
  { diagnostics, ...reading }: Reading,
  path: string,
  value: unknown,
  choices: readonly T[],
): T | undefined {
  if (value === undefined) return undefined
  const found = choices.find((choice) => choice === value)
  if (found !== undefined) return found
  const list = choices.map((choice) => `"${choice}"`).join(', ')
  if (typeof value !== 'string') {
    reportType({ diagnostics, ...reading }, path, `one of ${list}`, value)
    return undefined
  }
  const suggestion = diagnostics.nearest(value, choices)
  const end = didYouMean(suggestion) || ` Possible are ${list}.`
  const message = `${JSON.stringify(value.slice(0, 64))} is not possible here.${end}`
  diagnostics.report('unknown_choice', { path }, message, suggestion)
  return undefined
}

/** Stands where an expression could not be read; it is never evaluated. */
export const NOTHING: Expression = { kind: 'boolean', value: false, from: 0, to: 0 }

/** The tree of a text; nothing where it is none, which is told. */
export function readExpression(reading: Reading, path: string, value: unknown): Expression | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string') {
    reportType(reading, path, 'an expression as text', value)
    return undefined
  }
  try {
    return parseExpression(value, reading.budget)
  } catch (fault) {
    if (!(fault instanceof SyntaxFault)) throw fault
    const { diagnostics } = reading
    // These budgets are of the whole document: where one is spent, all that follows would tell it too.
    const isShared = fault.code === 'too_many_nodes' || fault.code === 'too_many_tokens'
    const isTold = isShared && diagnostics.list.some(({ code }) => code === fault.code)
    if (!isTold) diagnostics.report(fault.code, { path, ...fault.place }, fault.message, fault.suggestion)
    return undefined
  }
}

/** An expression that is to be of a type, noted for the check of types. */
export function readRule(
  reading: Reading,
  path: string,
  value: unknown,
  type: ValueType,
  isExit = false,
): Rule {
  const expression = readExpression(reading, path, value)
  if (expression === undefined) return { path, expression: NOTHING }
  reading.rules.push({ path, expression, type, isExit, isConstant: false })
  return { path, expression }
}

function literal(value: number): Expression {
  const size: Expression = { kind: 'number', value: Math.abs(value), from: 0, to: 0 }
  return value < 0 ? { kind: 'negate', operand: size, from: 0, to: 0 } : size
}

/** A number, or an expression over parameters in its place; its range is checked once parameters have values. */
export function readConstant(reading: Reading, path: string, value: unknown, range: Range): Constant {
  const nothing = { path, expression: NOTHING, range }
  if (value === undefined) return nothing
  if (typeof value !== 'number' && typeof value !== 'string') {
    reportType(reading, path, 'a number, or an expression over parameters as text', value)
    return nothing
  }
  const expression = typeof value === 'number' ? literal(value) : readExpression(reading, path, value)
  if (expression === undefined) return nothing
  reading.rules.push({ path, expression, type: 'number', isExit: false, isConstant: true })
  return { path, expression, range }
}

/** The same, where null and a missing key mean that there is none. */
export function readOptionalConstant(
  reading: Reading,
  path: string,
  value: unknown,
  range: Range,
): Constant | null {
  return value === undefined || value === null ? null : readConstant(reading, path, value, range)
}
