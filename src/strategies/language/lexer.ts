import { LIMITS } from './limits.ts'
import { SyntaxFault } from './syntax-fault.ts'

export type Token = {
  kind: 'number' | 'name' | 'timeframe' | 'symbol' | 'end'
  /** As written; of a timeframe what follows the `@`. */
  text: string
  from: number
  to: number
}

/** How many tokens the expressions of a document may still have. */
export type TokenBudget = { tokens: number }

const KINDS = ['number', 'name', 'timeframe', 'symbol'] as const
const TOKEN =
  /[ \t\r\n]+|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|@(?<timeframe>[A-Za-z0-9]*)|(?<symbol>[<>=!]=|[-+*/<>()[\],.])/y

/** What stands for an operator elsewhere, and how it is written here. */
const FOREIGN = new Map([
  ['&&', 'and'],
  ['&', 'and'],
  ['||', 'or'],
  ['|', 'or'],
  ['!', 'not'],
  ['=', '=='],
  ['≤', '<='],
  ['≥', '>='],
  ['≠', '!='],
  ['×', '*'],
  ['·', '*'],
  ['÷', '/'],
  ['−', '-'],
  ['–', '-'],
])

function refuse(text: string, from: number): never {
  const pair = text.slice(from, from + 2)
  const wrong = FOREIGN.has(pair) ? pair : String.fromCodePoint(text.codePointAt(from) as number)
  const suggestion = FOREIGN.get(wrong)
  const to = from + wrong.length
  if (suggestion !== undefined) {
    throw new SyntaxFault(
      'unexpected_character',
      { from, to },
      `Write "${suggestion}" for "${wrong}".`,
      suggestion,
    )
  }
  throw new SyntaxFault(
    'unexpected_character',
    { from, to },
    `${JSON.stringify(wrong)} is no part of the language.`,
  )
}

function refuseMore(place: { from: number; to: number }): never {
  const message = `All expressions together have more than ${LIMITS.tokens} words, numbers and symbols. Leave out brackets that are not needed, or split the strategy.`
  throw new SyntaxFault('too_many_tokens', place, message)
}

/**
 * Cuts an expression into its words; the last one is the end.
 * @throws SyntaxFault at the first character that begins none, and where the budget is spent
 */
export function readTokens(text: string, budget: TokenBudget): Token[] {
  const tokens: Token[] = []
  let from = 0
  while (from < text.length) {
    TOKEN.lastIndex = from
    const match = TOKEN.exec(text) ?? refuse(text, from)
    const to = from + match[0].length
    for (const kind of KINDS) {
      const word = match.groups?.[kind]
      if (word === undefined) continue
      budget.tokens -= 1
      if (budget.tokens < 0) refuseMore({ from, to })
      tokens.push({ kind, text: word, from, to })
    }
    from = to
  }
  tokens.push({ kind: 'end', text: '', from, to: from })
  return tokens
}
