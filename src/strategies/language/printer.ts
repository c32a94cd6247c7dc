import {
  type Expression,
  isComparison,
  type Kind,
  levelOf,
  NEGATE_LEVEL,
  NOT_LEVEL,
  POSTFIX_LEVEL,
} from './expression.ts'

function bracketed(expression: Expression, level: number): string {
  const text = printExpression(expression)
  return levelOf(expression) < level ? `(${text})` : text
}

/** The one way to write an expression: single spaces, no bracket too many. Reading it gives the same tree. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'number':
    case 'boolean':
      return String(expression.value)
    case 'name':
      return expression.name
    case 'call':
      return printCall(expression)
    case 'negate':
      return `-${bracketed(expression.operand, NEGATE_LEVEL)}`
    case 'not':
      return `not ${bracketed(expression.operand, NOT_LEVEL)}`
    case 'index':
      return `${bracketed(expression.operand, POSTFIX_LEVEL)}[${printExpression(expression.offset)}]`
    case 'timeframe':
      return `${bracketed(expression.operand, POSTFIX_LEVEL)}@${expression.timeframe}`
    case 'binary': {
      const { operator, left, right } = expression
      const level = levelOf(expression)
      // Operators of one level group to the left, comparisons not at all.
      const leftLevel = isComparison(operator) ? level + 1 : level
      return `${bracketed(left, leftLevel)} ${operator} ${bracketed(right, level + 1)}`
    }
  }
}

function printCall({ name, inputs, output }: Kind<'call'>): string {
  return `${name}(${inputs.map(printExpression).join(', ')})${output === null ? '' : `.${output}`}`
}
