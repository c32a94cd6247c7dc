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
import { type Expression, isComparison, type Kind } from './expression.ts'
import { BAR_VALUE, combined, constantOf, type Facts, POSITION_VALUE, UNKNOWN_FACTS } from './facts.ts'
import type { ValueType } from './functions.ts'
import { BAR_VALUES, isPositionValue } from './names.ts'
import { isCallable, suggestValue } from './namespace.ts'
import { NOTHING } from './reading.ts'
import type { Rule, RuleToCheck, StrategyTree } from './strategy-tree.ts'
import { didYouMean } from './suggest.ts'

function factsOf(checking: Checking, scope: Scope, expression: Expression): Facts {
  switch (expression.kind) {
    case 'number':
    case 'boolean':
      return expression === NOTHING ? UNKNOWN_FACTS : constantOf(expression.kind)
    case 'name':
      return nameFacts(checking, scope, expression)
    case 'call':
      return checkCall(checking, scope, expression)
    case 'negate':
      return operation(checking, scope, [expression.operand], 'number', 'number')
    case 'not':
      return operation(checking, scope, [expression.operand], 'boolean', 'boolean')
    case 'binary':
      return binaryFacts(checking, scope, expression)
    case 'index':
      return indexFacts(checking, scope, expression)
    case 'timeframe':
      return checkTimeframe(checking, scope, expression)
  }
}

function binaryFacts(checking: Checking, scope: Scope, { operator, left, right }: Kind<'binary'>): Facts {
  const isLogic = operator === 'and' || operator === 'or'
  const takes = isLogic ? 'boolean' : 'number'
  const gives = isLogic || isComparison(operator) ? 'boolean' : 'number'
  return operation(checking, scope, [left, right], takes, gives)
}

function operation(
  checking: Checking,
  scope: Scope,
  operands: Expression[],
  takes: ValueType,
  gives: ValueType,
): Facts {
  const parts = operands.map((operand) => {
    const facts = factsOf(checking, scope, operand)
    requireType(checking, scope, operand, facts, takes)
    return facts
  })
  return combined(gives, parts)
}

function indexFacts(checking: Checking, scope: Scope, { operand, offset }: Kind<'index'>): Facts {
  const facts = factsOf(checking, scope, operand)
  const offsetFacts = factsOf(checking, scope, offset)
  requireType(checking, scope, offset, offsetFacts, 'number')
  requireConstant(checking, scope, offset, offsetFacts, 'The number of bars')
  refusePosition(checking, scope, operand, facts)
  warnOfHeld(checking, scope, operand, facts)
  return { ...facts, isConstant: false }
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
  const suggestion = suggestValue(name, [...parameters.keys(), ...series.keys()])
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
  if (cycle < 0) return checkSeries(checking, name, rule)
  const way = [...trail.slice(cycle), name].join(' → ')
  diagnostics.report('series_cycle', { path, from, to }, `These series need each other: ${way}.`)
  for (const member of trail.slice(cycle)) known.set(member, UNKNOWN_FACTS)
  return UNKNOWN_FACTS
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
    factsOf: (scope, expression) => factsOf(checking, scope, expression),
  }
  for (const rule of rules) checkRule(checking, rule)
  // A series that only others read that nothing reads is unused, but is checked all the same.
  const used = new Set(checking.used)
  for (const [name, rule] of series) checkSeries(checking, name, rule)
  return { used, timeframes: checking.timeframes }
}
