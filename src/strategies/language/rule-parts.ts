import { type Expression, isComparison, leftSpine } from './expression.ts'
import { LIMITS } from './limits.ts'
import type { PlannedRule, RulePart } from './plan.ts'
import { type PrintedTexts, printExpression } from './printer.ts'
import type { Resolving } from './resolving.ts'
import type { Rule } from './strategy-tree.ts'

/** `a and b and c` is one condition of three, however deep it lies in the tree. */
function chain(expression: Expression, operator: 'and' | 'or'): Expression[] {
  const isOther = (part: Expression) => part.kind === 'binary' && part.operator !== operator
  const { innermost, operations } = leftSpine(expression, isOther)
  return [innermost, ...operations.map(({ right }) => right)]
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

/** Characters of a part in an explanation beside its text. */
const PART_SIZE = '{"text":"","value":false,"parts":[]},'.length

type Planning = {
  resolving: Resolving
  path: string
  /** Texts of the rule and of everything in it. */
  texts: PrintedTexts
  /** Names whose condition was listed already. */
  met: Set<string>
  /** Characters that the rules of the plan may still have. */
  budget: { characters: number }
}

/** Cut an expression into its conditions, as far as the budget of the plan goes. */
function partOf(planning: Planning, expression: Expression): RulePart {
  const { resolving, path, texts, met, budget } = planning
  const node = resolving.nodeOf({ path, timeframe: null }, expression)
  const text = printExpression(expression, texts)
  budget.characters -= text.length + PART_SIZE
  const parts: RulePart[] = []
  for (const piece of [...piecesOf(expression), ...meaningOf(resolving, expression, node, met)]) {
    if (budget.characters < 0) break
    const value = resolving.graph.valueOf(resolving.nodeOf({ path, timeframe: null }, piece))
    if (value === undefined) parts.push(partOf(planning, piece))
  }
  return { text, node, parts }
}

/** Rules as they are written, cut into the conditions they are made of. */
export function plannedRules(resolving: Resolving, rules: readonly Rule[]): PlannedRule[] {
  const budget = { characters: LIMITS.explanation }
  const texts: PrintedTexts = new Map()
  return rules.map(({ path, expression }) => {
    const planning = { resolving, path, texts, met: new Set<string>(), budget }
    return { path, ...partOf(planning, expression) }
  })
}
