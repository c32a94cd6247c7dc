import { type Arithmetic, type BinaryOperator, type Expression, isComparison } from './expression.ts'
import { readTokens, type Token, type TokenBudget } from './lexer.ts'
import { LIMITS } from './limits.ts'
import { SyntaxFault } from './syntax-fault.ts'

/** What the expressions of a document may still have. */
export type Budget = TokenBudget & { nodes: number }

const WORDS = new Set(['and', 'or', 'not', 'true', 'false'])

function shown({ kind, text }: Token): string {
  if (kind === 'end') return 'the end'
  return kind === 'timeframe' ? `"@${text}"` : `"${text}"`
}

/** Recursive descent, one method for each level of the grammar, loosest first. */
class Parser {
  readonly #text: string
  readonly #tokens: Token[]
  readonly #budget: Budget
  #at = 0
  #depth = 0

  constructor(text: string, budget: Budget) {
    this.#text = text
    this.#tokens = readTokens(text, budget)
    this.#budget = budget
  }

  whole(): Expression {
    if (this.#isAtEnd()) throw new SyntaxFault('syntax', this.#next, 'The expression is empty.')
    const expression = this.#or()
    if (!this.#isAtEnd()) this.#refuseRest()
    return expression
  }

  get #next(): Token {
    // The last token is the end, and nothing goes beyond it.
    return this.#tokens[this.#at] as Token
  }

  #isAtEnd(): boolean {
    return this.#next.kind === 'end'
  }

  #take(): Token {
    const token = this.#next
    this.#at += 1
    return token
  }

  #isNext(...texts: string[]): boolean {
    const { kind, text } = this.#next
    return (kind === 'symbol' || kind === 'name') && texts.includes(text)
  }

  #skip(text: string): boolean {
    const found = this.#isNext(text)
    if (found) this.#at += 1
    return found
  }

  /** Gives a node its place: from where its first token began to where the last one ended. */
  #node<T extends object>(from: number, fields: T): T & { from: number; to: number } {
    const { to } = this.#tokens[this.#at - 1] as Token
    this.#budget.nodes -= 1
    if (this.#budget.nodes < 0) {
      const message = `All expressions together have more than ${LIMITS.nodes} values, names and operations.`
      throw new SyntaxFault('too_many_nodes', { from, to }, message)
    }
    return { ...fields, from, to }
  }

  #inside<T>(read: () => T): T {
    this.#depth += 1
    if (this.#depth > LIMITS.depth) {
      const message = `Brackets, calls, "not" and signs lie more than ${LIMITS.depth} deep here.`
      throw new SyntaxFault('too_deep', this.#next, message)
    }
    const result = read()
    this.#depth -= 1
    return result
  }

  #chain(operators: BinaryOperator[], operand: () => Expression): Expression {
    const { from } = this.#next
    let left = operand()
    while (this.#isNext(...operators)) {
      const operator = this.#take().text as BinaryOperator
      const right = operand()
      left = this.#node(from, { kind: 'binary', operator, left, right })
    }
    return left
  }

  #or = (): Expression => this.#chain(['or'], this.#and)

  #and = (): Expression => this.#chain(['and'], this.#not)

  #not = (): Expression => {
    const { from } = this.#next
    if (!this.#skip('not')) return this.#comparison()
    const operand = this.#inside(this.#not)
    return this.#node(from, { kind: 'not', operand })
  }

  #comparison = (): Expression => {
    const { from } = this.#next
    const left = this.#sum()
    const { text: operator } = this.#next
    if (!isComparison(operator)) return left
    this.#at += 1
    const right = this.#sum()
    if (isComparison(this.#next.text)) this.#refuseChain(right)
    return this.#node(from, { kind: 'binary', operator, left, right })
  }

  #sum = (): Expression => this.#chain(['+', '-'] satisfies Arithmetic[], this.#product)

  #product = (): Expression => this.#chain(['*', '/'] satisfies Arithmetic[], this.#sign)

  #sign = (): Expression => {
    const { from } = this.#next
    if (!this.#skip('-')) return this.#postfix()
    const operand = this.#inside(this.#sign)
    return this.#node(from, { kind: 'negate', operand })
  }

  #postfix = (): Expression => {
    const { from } = this.#next
    let operand = this.#primary()
    for (;;) {
      if (this.#skip('[')) {
        const offset = this.#inside(this.#or)
        this.#close(']', 'number of bars')
        operand = this.#node(from, { kind: 'index', operand, offset })
      } else if (this.#skip('.')) {
        operand = this.#output(from, operand)
      } else if (this.#next.kind === 'timeframe') {
        const timeframe = this.#take().text
        operand = this.#node(from, { kind: 'timeframe', operand, timeframe })
      } else return operand
    }
  }

  #output(from: number, operand: Expression): Expression {
    const token = this.#take()
    if (token.kind !== 'name') return this.#refuse(token, 'the name of an output after the "."')
    if (operand.kind === 'call' && operand.output === null) {
      return { ...operand, output: token.text, from, to: token.to }
    }
    const message = 'Only an indicator that is called has outputs, as in macd(close).histogram.'
    throw new SyntaxFault('unknown_output', token, message)
  }

  #primary(): Expression {
    const token = this.#take()
    if (token.kind === 'number') return this.#number(token)
    if (token.kind === 'name' && !WORDS.has(token.text)) {
      if (!this.#skip('(')) return this.#node(token.from, { kind: 'name', name: token.text })
      const inputs = this.#inside(() => this.#inputs(token.text))
      return this.#node(token.from, { kind: 'call', name: token.text, inputs, output: null })
    }
    if (token.text === 'true' || token.text === 'false') {
      return this.#node(token.from, { kind: 'boolean', value: token.text === 'true' })
    }
    if (token.kind !== 'symbol' || token.text !== '(') return this.#refuse(token, 'a value')
    const inner = this.#inside(this.#or)
    this.#close(')', 'expression')
    return inner
  }

  #number(token: Token): Expression {
    const value = Number(token.text)
    if (Number.isFinite(value)) return this.#node(token.from, { kind: 'number', value })
    throw new SyntaxFault('number_too_large', token, `The number ${token.text.slice(0, 40)} is too large.`)
  }

  #inputs(name: string): Expression[] {
    const inputs: Expression[] = []
    if (this.#skip(')')) return inputs
    do inputs.push(this.#or())
    while (this.#skip(','))
    this.#close(')', `arguments of ${name.slice(0, 64)}`)
    return inputs
  }

  #close(bracket: string, what: string): void {
    const token = this.#take()
    if (token.kind !== 'symbol' || token.text !== bracket)
      this.#refuse(token, `"${bracket}" after the ${what}`)
  }

  #refuseChain(middle: Expression): never {
    const { text, from, to } = this.#next
    const between = this.#text.slice(middle.from, middle.to)
    const suggestion = `and ${between} ${text}`
    const message = `Comparisons do not chain: write "… ${suggestion} …".`
    throw new SyntaxFault('chained_comparison', { from, to }, message, suggestion)
  }

  #refuseRest(): never {
    const token = this.#next
    const lower = token.text.toLowerCase()
    if (token.kind === 'name' && lower !== token.text && WORDS.has(lower)) {
      throw new SyntaxFault('syntax', token, `Write "${lower}" in lower case.`, lower)
    }
    return this.#refuse(token, 'an operator or the end')
  }

  #refuse(token: Token, expected: string): never {
    throw new SyntaxFault('syntax', token, `Expected ${expected}, but found ${shown(token)}.`)
  }
}

/**
 * Reads one expression.
 * @throws SyntaxFault at the first place where it cannot be read
 */
export function parseExpression(
  text: string,
  budget: Budget = { nodes: LIMITS.nodes, tokens: LIMITS.tokens },
): Expression {
  if (text.length > LIMITS.expressionLength) {
    const message = `The expression has ${text.length} characters; at most ${LIMITS.expressionLength} are possible.`
    throw new SyntaxFault('expression_too_long', { from: LIMITS.expressionLength, to: text.length }, message)
  }
  return new Parser(text, budget).whole()
}
