export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!='
export type Arithmetic = '+' | '-' | '*' | '/'
export type BinaryOperator = 'or' | 'and' | Comparison | Arithmetic

/** What an expression says, as a tree. `from` and `to` are the place in its text. */
export type Expression = { readonly from: number; readonly to: number } & (
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'name'; readonly name: string }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly inputs: readonly Expression[]
      /** Which of the values of an indicator; null for its main one. */
      readonly output: string | null
    }
  | { readonly kind: 'negate' | 'not'; readonly operand: Expression }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'index'; readonly operand: Expression; readonly offset: Expression }
  | { readonly kind: 'timeframe'; readonly operand: Expression; readonly timeframe: string }
)

export type Kind<K extends Expression['kind']> = Extract<Expression, { kind: K }>

const LEVELS: Record<BinaryOperator, number> = {
  or: 1,
  and: 2,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '==': 4,
  '!=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
}
export const NOT_LEVEL = 3
export const NEGATE_LEVEL = 7
export const POSTFIX_LEVEL = 8
const PRIMARY_LEVEL = 9

/**
 * The binary operations that begin at an expression and go on through left operands, innermost first. `1 + 2 + 3` nests
 * to the left, so recursion over a sum would be as deep as the sum is long.
 * @param isDone whether an operation need not be looked into
 */
export function leftSpine(
  expression: Expression,
  isDone: (operation: Expression) => boolean = () => false,
): { innermost: Expression; operations: Kind<'binary'>[] } {
  const operations: Kind<'binary'>[] = []
  let innermost = expression
  while (innermost.kind === 'binary' && !isDone(innermost)) {
    operations.push(innermost)
    innermost = innermost.left
  }
  return { innermost, operations: operations.reverse() }
}

/** How tightly an operator binds; a larger one binds tighter. */
export function levelOf(expression: Expression): number {
  switch (expression.kind) {
    case 'binary':
      return LEVELS[expression.operator]
    case 'not':
      return NOT_LEVEL
    case 'negate':
      return NEGATE_LEVEL
    case 'index':
    case 'timeframe':
      return POSTFIX_LEVEL
    default:
      return PRIMARY_LEVEL
  }
}

export function isComparison(operator: string): operator is Comparison {
  return ['<', '<=', '>', '>=', '==', '!='].includes(operator)
}
