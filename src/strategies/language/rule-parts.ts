import { type Expression, isComparison } from './expression.ts'
import type { PlannedRule, RulePart } from './plan.ts'
import { printExpression } from './printer.ts'
import type { Resolving } from './resolving.ts'
import type { Rule } from './strategy-tree.ts'

/** `a and b and c` is one condition of three, however deep it lies in the tree. */
function chain(expression: Expression, operator: 'and' | 'or'): Expression[] {
  if (expression.kind !== 'binary' || expression.operator !== operator) return [expression]
  return [...chain(expression.left, operator), expression.right]
}

/** What of an expression is worth a line of its own: conditions, and what they compare. */
function piecesOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'binary': {
      const { operator, left, right } = expression
      if (operator === 'and' || operator === 'or') return [...chain(left, operator), right]
      return isComparison(operator) ? [left, right] : []
    }
    case 'not':
      return [expression.operand]
    case 'call':
      return ['if', 'crosses_above', 'crosses_below'].includes(expression.name) ? expression.inputs : []
    default:
      return []
  }
}

/** The condition that a name stands for, the first time that it is met. */
function meaningOf(
  { series, graph }: Resolving,
  expression: Expression,
  node: number,
  met: Set<string>,
): Expression[] {
  if (expression.kind !== 'name' || graph.nodes[node]?.type !== 'boolean' || met.has(expression.name))
    return []
  const rule = series.get(expression.name)
  met.add(expression.name)
  return rule === undefined ? [] : [rule.expression]
}

function partOf(resolving: Resolving, path: string, expression: Expression, met: Set<string>): RulePart {
  const node = resolving.nodeOf({ path, timeframe: null }, expression)
  const pieces = [...piecesOf(expression), ...meaningOf(resolving, expression, node, met)]
  const parts = pieces
    .filter(
      (piece) => resolving.graph.valueOf(resolving.nodeOf({ path, timeframe: null }, piece)) === undefined,
    )
    .map((piece) => partOf(resolving, path, piece, met))
  return { text: printExpression(expression), node, parts }
}

/** A rule as it is written, cut into the conditions it is made of. */
export function plannedRule(resolving: Resolving, { path, expression }: Rule): PlannedRule {
  return { path, ...partOf(resolving, path, expression, new Set()) }
}
