import { SyntaxFault } from './syntax-fault.ts'

export type Token = {
  kind: 'number' | 'name' | 'timeframe' | 'symbol' | 'end'
  /** As written; of a timeframe what follows the `@`. */
  text: string
  from: number
  to: number
}

const TOKEN =
  /[ \t\r\n]+|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_][A-Za-z0-9_]*)|@(?<timeframe>[A-Za-z0-9]*)|(?<symbol>[<>=!]=|[-+*/<>()[\],.])/y

/** What stands for an operator elsewhere, and how it is written here. */
const FOREIGN: Record<string, string> = {
  '&&': 'and',
  '&': 'and',
  '||': 'or',
  '|': 'or',
  '!': 'not',
  '=': '==',
  '≤': '<=',
  '≥': '>=',
  '≠': '!=',
  '×': '*',
  '·': '*',
  '÷': '/',
  '−': '-',
  '–': '-',
}

function refuse(text: string, from: number): never {
  const pair = text.slice(from, from + 2)
  const wrong = pair in FOREIGN ? pair : String.fromCodePoint(text.codePointAt(from) as number)
  const suggestion = FOREIGN[wrong]
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

/**
 * Cuts an expression into its words; the last one is the end.
 * @throws SyntaxFault at the first character that begins none
 */
export function readTokens(text: string): Token[] {
  const tokens: Token[] = []
  let from = 0
  while (from < text.length) {
    TOKEN.lastIndex = from
    const match = TOKEN.exec(text) ?? refuse(text, from)
    const to = from + match[0].length
    for (const kind of ['number', 'name', 'timeframe', 'symbol'] as const) {
      const word = match.groups?.[kind]
      if (word !== undefined) tokens.push({ kind, text: word, from, to })
    }
    from = to
  }
  tokens.push({ kind: 'end', text: '', from, to: from })
  return tokens
}
