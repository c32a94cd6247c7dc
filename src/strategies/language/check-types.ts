import { checkCall } from './check-call.ts'
import { checkTimeframe } from './check-timeframe.ts'
import {
  type Checking,
  refusePosition,
  requireConstant,
  requireType,
  type Scope,
  warnOfHeld,
} from './checking.ts'
import { type Expression, isComparison, type Kind, leftSpine } from './expression.ts'
import { BAR_VALUE, combined, constantOf, type Facts, POSITION_VALUE, UNKNOWN_FACTS } from './facts.ts'
import type { ValueType } from './functions.ts'
import { LIMITS } from './limits.ts'
import { BAR_VALUES, isPositionValue } from './names.ts'
import { isCallable, suggestValue } from './namespace.ts'
import { NOTHING } from './reading.ts'
import type { Rule, RuleToCheck, StrategyTree } from './strategy-tree.ts'
import { didYouMean } from './suggest.ts'

/** Series of a circle that a message names. */
const MOST_SHOWN = 10

function factsOf(checking: Checking, scope: Scope, expression: Expression): Facts {
  if (checking.depth > LIMITS.nesting) return refuseDepth(checking, scope, expression)
  checking.depth += 1
  const facts = factsOfKind(checking, scope, expression)
  checking.depth -= 1
  return facts.height > LIMITS.nesting ? refuseDepth(checking, scope, expression) : facts
}

function refuseDepth({ diagnostics }: Checking, { path }: Scope, { from, to }: Expression): Facts {
  const message = `Operations and the series that they read lie more than ${LIMITS.nesting} deep here. Let fewer series build on each other.`
  diagnostics.report('too_deep', { path, from, to }, message)
  return UNKNOWN_FACTS
}

function factsOfKind(checking: Checking, scope: Scope, expression: Expression): Facts {
  switch (expression.kind) {
    case 'number':
    case 'boolean':
      return expression === NOTHING ? UNKNOWN_FACTS : constantOf(expression.kind)
    case 'name':
      return nameFacts(checking, scope, expression)
    case 'call':
      return checkCall(checking, scope, expression)
    case 'negate':
      return unaryFacts(checking, scope, expression.operand, 'number')
    case 'not':
      return unaryFacts(checking, scope, expression.operand, 'boolean')
    case 'binary':
      return binaryFacts(checking, scope, expression)
    case 'index':
      return indexFacts(checking, scope, expression)
    case 'timeframe':
      return checkTimeframe(checking, scope, expression)
  }
}

function binaryFacts(checking: Checking, scope: Scope, expression: Kind<'binary'>): Facts {
  const { innermost, operations } = leftSpine(expression)
  let facts = factsOf(checking, scope, innermost)
  // A chain of operations is one level, however long it is.
  let height = facts.height
  for (const { operator, left, right } of operations) {
    const isLogic = operator === 'and' || operator === 'or'
    const takes = isLogic ? 'boolean' : 'number'
    const gives = isLogic || isComparison(operator) ? 'boolean' : 'number'
    requireType(checking, scope, left, facts, takes)
    const rightFacts = factsOf(checking, scope, right)
    requireType(checking, scope, right, rightFacts, takes)
    height = Math.max(height, rightFacts.height)
    facts = combined(gives, [facts, rightFacts])
  }
  return { ...facts, height: height + 1 }
}

function unaryFacts(checking: Checking, scope: Scope, operand: Expression, type: ValueType): Facts {
  const facts = factsOf(checking, scope, operand)
  requireType(checking, scope, operand, facts, type)
  return combined(type, [facts])
}

function indexFacts(checking: Checking, scope: Scope, { operand, offset }: Kind<'index'>): Facts {
  const facts = factsOf(checking, scope, operand)
  const offsetFacts = factsOf(checking, scope, offset)
  requireType(checking, scope, offset, offsetFacts, 'number')
  requireConstant(checking, scope, offset, offsetFacts, 'The number of bars')
  refusePosition(checking, scope, operand, facts)
  warnOfHeld(checking, scope, operand, facts)
  return { ...facts, isConstant: false, height: Math.max(facts.height, offsetFacts.height) + 1 }
}

function nameFacts(checking: Checking, scope: Scope, expression: Kind<'name'>): Facts {
  const { name } = expression
  const parameter = checking.parameters.get(name)
  if (parameter !== undefined) {
    checking.used.add(name)
    return constantOf(parameter.kind)
  }
  if (BAR_VALUES.includes(name)) return BAR_VALUE
  if (isPositionValue(name)) return positionFacts(checking, scope, expression)
  const series = checking.series.get(name)
  if (series !== undefined) return seriesFacts(checking, scope, expression, series)
  reportName(checking, scope, expression)
  return UNKNOWN_FACTS
}

function positionFacts({ diagnostics }: Checking, scope: Scope, { name, from, to }: Kind<'name'>): Facts {
  if (scope.isExit) return POSITION_VALUE
  const message = `"${name}" is known in exit rules only, where there is a position.`
  diagnostics.report('position_value_misplaced', { path: scope.path, from, to }, message)
  return UNKNOWN_FACTS
}

function reportName(checking: Checking, { path }: Scope, { name, from, to }: Kind<'name'>): void {
  const { diagnostics, parameters, series } = checking
  if (diagnostics.isFull()) return
  const shown = JSON.stringify(name.slice(0, 64))
  if (isCallable(name)) {
    const message = `${shown} is a function: call it with brackets, as in ${name}(…).`
    diagnostics.report('function_not_called', { path, from, to }, message)
    return
  }
  const suggestion = suggestValue(diagnostics, name, [...parameters.keys(), ...series.keys()])
  const message = `There is no value, parameter or series ${shown}.${didYouMean(suggestion)}`
  diagnostics.report('unknown_name', { path, from, to }, message, suggestion)
}

function seriesFacts(
  checking: Checking,
  { path }: Scope,
  { name, from, to }: Kind<'name'>,
  rule: Rule,
): Facts {
  const { known, trail, used, diagnostics } = checking
  used.add(name)
  const cycle = trail.indexOf(name)
  if (cycle < 0) {
    const facts = checkSeries(checking, name, rule)
    return { ...facts, height: facts.height + 1 }
  }
  const members = trail.slice(cycle)
  for (const member of members) known.set(member, UNKNOWN_FACTS)
  if (diagnostics.isFull()) return UNKNOWN_FACTS
  const message = `These series need each other: ${wayThrough(members, name)}.`
  diagnostics.report('series_cycle', { path, from, to }, message)
  return UNKNOWN_FACTS
}

/** The way from series to series and back, its middle left out where it is long. */
function wayThrough(members: readonly string[], name: string): string {
  const shown =
    members.length <= MOST_SHOWN
      ? members
      : [...members.slice(0, MOST_SHOWN / 2), '…', ...members.slice(-MOST_SHOWN / 2)]
  return [...shown, name].join(' → ')
}

/** What is known of a series, looked at when it is first met. */
function checkSeries(checking: Checking, name: string, { path, expression }: Rule): Facts {
  const { known, trail } = checking
  const found = known.get(name)
  if (found !== undefined) return found
  trail.push(name)
  const facts = factsOf(checking, { path, isExit: false, isBehindTimeframe: false }, expression)
  trail.pop()
  // One that turned out to be in a circle stays unknown.
  const result = known.get(name) ?? facts
  known.set(name, result)
  return result
}

function checkRule(checking: Checking, { path, expression, type, isExit, isConstant }: RuleToCheck): void {
  const scope = { path, isExit, isBehindTimeframe: false }
  const facts = factsOf(checking, scope, expression)
  requireType(checking, scope, expression, facts, type)
  if (isConstant) requireConstant(checking, scope, expression, facts, 'A setting')
}

export type TypeCheck = { used: ReadonlySet<string>; timeframes: ReadonlySet<string> }

/** Checks names and types of all expressions of a document. @returns what they use */
export function checkTypes(
  diagnostics: Checking['diagnostics'],
  { timeframe, parameters, series }: Pick<StrategyTree, 'timeframe' | 'parameters' | 'series'>,
  rules: readonly RuleToCheck[],
): TypeCheck {
  const checking: Checking = {
    diagnostics,
    timeframe,
    parameters,
    series,
    known: new Map(),
    trail: [],
    used: new Set(),
    timeframes: new Set(),
    depth: 0,
    factsOf: (scope, expression) => factsOf(checking, scope, expression),
  }
  for (const rule of rules) checkRule(checking, rule)
  // A series that only others read that nothing reads is unused, but is checked all the same.
  const used = new Set(checking.used)
  for (const [name, rule] of series) checkSeries(checking, name, rule)
  return { used, timeframes: checking.timeframes }
}
