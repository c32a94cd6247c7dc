import { findIndicator } from '../../indicators/catalogue.ts'
import type { Indicator } from '../../indicators/indicator.ts'
import {
  type Checking,
  refusePosition,
  requireConstant,
  requireType,
  type Scope,
  warnOfHeld,
} from './checking.ts'
import type { Expression, Kind } from './expression.ts'
import { BAR_VALUE, combined, type Facts, UNKNOWN_FACTS } from './facts.ts'
import {
  FUNCTIONS,
  type FunctionInput,
  type FunctionName,
  isFunction,
  type LanguageFunction,
  signatureOf,
  type ValueType,
} from './functions.ts'
import { isReserved, suggestFunction } from './namespace.ts'
import { didYouMean } from './suggest.ts'

type Call = Kind<'call'>

/** The call of a function of the language, or of an indicator. */
export function checkCall(checking: Checking, scope: Scope, call: Call): Facts {
  const parts = call.inputs.map((input) => checking.factsOf(scope, input))
  if (isFunction(call.name)) return functionFacts(checking, scope, call.name, call, parts)
  const indicator = findIndicator(call.name)
  if (indicator !== undefined) return indicatorFacts(checking, scope, call, parts, indicator)
  reportUnknown(checking, scope, call)
  return UNKNOWN_FACTS
}

function reportUnknown(checking: Checking, { path }: Scope, { name, from }: Call): void {
  if (checking.diagnostics.isFull()) return
  const place = { path, from, to: from + name.length }
  const shown = JSON.stringify(name.slice(0, 64))
  if (checking.parameters.has(name) || checking.series.has(name) || isReserved(name) !== undefined) {
    const message = `${shown} is a value and no function: write it without brackets.`
    checking.diagnostics.report('not_a_function', place, message, name)
    return
  }
  const suggestion = suggestFunction(checking.diagnostics, name)
  const message = `There is no function or indicator ${shown}.${didYouMean(suggestion)}`
  checking.diagnostics.report('unknown_function', place, message, suggestion)
}

/** Tells where the number of arguments does not fit. @returns whether it fits */
function fits(
  { diagnostics }: Checking,
  { path }: Scope,
  { name, inputs: given, from, to }: Call,
  inputs: readonly FunctionInput[],
  repeats = false,
): boolean {
  const least = inputs.filter((input) => input.default === undefined).length
  if (given.length >= least && (repeats || given.length <= inputs.length)) return true
  const problem = given.length < least ? 'Something is missing' : 'That is too much'
  const message = `${problem} between the brackets: it is ${signatureOf(name, inputs, repeats)}.`
  diagnostics.report('wrong_arguments', { path, from, to }, message)
  return false
}

/** What is asked of the argument at a position; the last kind is that of all that follow. */
function inputAt({ inputs }: LanguageFunction, index: number): FunctionInput {
  return inputs[Math.min(index, inputs.length - 1)] as FunctionInput
}

function functionFacts(
  checking: Checking,
  scope: Scope,
  name: FunctionName,
  call: Call,
  parts: Facts[],
): Facts {
  const spec: LanguageFunction = FUNCTIONS[name]
  const isCross = name === 'crosses_above' || name === 'crosses_below'
  const isSame = (part: Facts, index: number) =>
    inputAt(spec, index).kind === 'same' && part.type !== undefined
  const common = parts.find(isSame)?.type
  if (call.output !== null) reportOutput(checking, scope, call, [])
  if (fits(checking, scope, call, spec.inputs, spec.repeats)) {
    call.inputs.forEach((input, index) => {
      const part = parts[index] as Facts
      const { kind } = inputAt(spec, index)
      requireInput(checking, scope, input, part, kind === 'same' ? common : kind)
      if (spec.looksBack) refusePosition(checking, scope, input, part)
      if (spec.looksBack && !isCross) warnOfHeld(checking, scope, input, part)
    })
  }
  const facts = combined(spec.result === 'same' ? common : spec.result, parts)
  return spec.looksBack ? { ...facts, isConstant: false, isCross } : facts
}

function requireInput(
  checking: Checking,
  scope: Scope,
  input: Expression,
  facts: Facts,
  kind: ValueType | 'window' | undefined,
): void {
  if (kind !== undefined) requireType(checking, scope, input, facts, kind === 'window' ? 'number' : kind)
  if (kind === 'window') requireConstant(checking, scope, input, facts, 'The number of bars')
}

/** What stands between the brackets of an indicator: its sources, then its parameters. */
function indicatorInputs({ inputs, parameters }: Indicator): FunctionInput[] {
  const sources = inputs.filter((input) => input === 'source')
  const nameOf = (index: number) => (sources.length === 1 ? 'source' : `source_${index + 1}`)
  return [
    ...sources.map((_, index): FunctionInput => ({ name: nameOf(index), kind: 'number' })),
    ...parameters.map(
      (parameter): FunctionInput => ({
        name: parameter.name,
        kind: 'window',
        ...(parameter.default === undefined ? {} : { default: parameter.default }),
      }),
    ),
  ]
}

function indicatorFacts(
  checking: Checking,
  scope: Scope,
  call: Call,
  parts: Facts[],
  indicator: Indicator,
): Facts {
  const inputs = indicatorInputs(indicator)
  const readsColumns = indicator.inputs.some((input) => input !== 'source')
  const facts = combined('number', readsColumns ? [BAR_VALUE, ...parts] : parts)
  if (call.output !== null) reportOutput(checking, scope, call, indicator.outputs)
  if (fits(checking, scope, call, inputs)) {
    call.inputs.forEach((input, index) => {
      const part = parts[index] as Facts
      const { name, kind } = inputs[index] as FunctionInput
      requireType(checking, scope, input, part, 'number')
      if (kind === 'window') requireConstant(checking, scope, input, part, `"${name}" of ${indicator.name}`)
      refusePosition(checking, scope, input, part)
      warnOfHeld(checking, scope, input, part)
    })
  }
  return { ...facts, isConstant: false }
}

/** Tells where an indicator does not have the output that is asked of it, as in `macd(close).histogram`. */
function reportOutput(
  checking: Checking,
  { path }: Scope,
  { name, output, to }: Call,
  outputs: readonly string[],
) {
  const text = String(output)
  if (outputs.includes(text)) return
  const suggestion = checking.diagnostics.nearest(text, outputs)
  const all = outputs.length === 0 ? ' It has one value only.' : ` It has ${outputs.join(', ')}.`
  const message = `"${name}" has no output "${text.slice(0, 64)}".${didYouMean(suggestion) || all}`
  checking.diagnostics.report('unknown_output', { path, from: to - text.length, to }, message, suggestion)
}
