import {
  type Expression,
  isComparison,
  type Kind,
  leftSpine,
  levelOf,
  NEGATE_LEVEL,
  NOT_LEVEL,
  POSTFIX_LEVEL,
} from './expression.ts'

/** Texts of expressions that were printed already. */
export type PrintedTexts = Map<Expression, string>

function bracketed(expression: Expression, level: number, known: PrintedTexts | undefined): string {
  const text = printExpression(expression, known)
  return levelOf(expression) < level ? `(${text})` : text
}

/**
 * The one way to write an expression: single spaces, no bracket too many. Reading it gives the same tree.
 * @param known texts of parts that were printed before; the new ones are added
 */
export function printExpression(expression: Expression, known?: PrintedTexts): string {
  const found = known?.get(expression)
  if (found !== undefined) return found
  const text = textOf(expression, known)
  known?.set(expression, text)
  return text
}

function textOf(expression: Expression, known: PrintedTexts | undefined): string {
  switch (expression.kind) {
    case 'number':
    case 'boolean':
      return String(expression.value)
    case 'name':
      return expression.name
    case 'call':
      return printCall(expression, known)
    case 'negate':
      return `-${bracketed(expression.operand, NEGATE_LEVEL, known)}`
    case 'not':
      return `not ${bracketed(expression.operand, NOT_LEVEL, known)}`
    case 'index':
      return `${bracketed(expression.operand, POSTFIX_LEVEL, known)}[${printExpression(expression.offset, known)}]`
    case 'timeframe':
      return `${bracketed(expression.operand, POSTFIX_LEVEL, known)}@${expression.timeframe}`
    case 'binary':
      return printOperations(expression, known)
  }
}

function printOperations(expression: Kind<'binary'>, known: PrintedTexts | undefined): string {
  const { innermost, operations } = leftSpine(expression, (part) => known?.has(part) === true)
  let text = printExpression(innermost, known)
  let left = innermost
  for (const operation of operations) {
    const level = levelOf(operation)
    // Operators of one level group to the left, comparisons not at all.
    const leftLevel = isComparison(operation.operator) ? level + 1 : level
    const leftText = levelOf(left) < leftLevel ? `(${text})` : text
    text = `${leftText} ${operation.operator} ${bracketed(operation.right, level + 1, known)}`
    known?.set(operation, text)
    left = operation
  }
  return text
}

function printCall({ name, inputs, output }: Kind<'call'>, known: PrintedTexts | undefined): string {
  const texts = inputs.map((input) => printExpression(input, known))
  return `${name}(${texts.join(', ')})${output === null ? '' : `.${output}`}`
}
