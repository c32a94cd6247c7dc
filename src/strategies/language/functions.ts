import { LIMITS } from './limits.ts'

export type ValueType = 'number' | 'boolean'

export type FunctionInput = {
  name: string
  /** `window` is a constant number of bars, `same` of one type with the others of that kind. */
  kind: ValueType | 'window' | 'same'
  default?: number
}

export type LanguageFunction = {
  inputs: readonly FunctionInput[]
  /** The last input may be repeated. */
  repeats?: true
  /** `same` is the type of the inputs of that kind. */
  result: ValueType | 'same'
  /** Whether it looks at more bars than the present one. */
  looksBack: boolean
  meaning: string
}

/** How far `bars_since` and `value_when` look back unless it is said. */
const WITHIN = 1_000

const number = (name: string): FunctionInput => ({ name, kind: 'number' })
const condition: FunctionInput = { name: 'condition', kind: 'boolean' }
const bars: FunctionInput = { name: 'bars', kind: 'window' }
const within: FunctionInput = { name: 'within', kind: 'window', default: WITHIN }

const ofOne = (meaning: string): LanguageFunction => ({
  inputs: [number('x')],
  result: 'number',
  looksBack: false,
  meaning,
})
const ofMany = (meaning: string): LanguageFunction => ({
  inputs: [number('a'), number('b')],
  repeats: true,
  result: 'number',
  looksBack: false,
  meaning,
})
const cross = (meaning: string): LanguageFunction => ({
  inputs: [number('a'), number('b')],
  result: 'boolean',
  looksBack: true,
  meaning,
})

/** The functions of the language itself; indicators are called in the same way. */
export const FUNCTIONS = {
  crosses_above: cross('`a[1] <= b[1] and a > b`'),
  crosses_below: cross('`a[1] >= b[1] and a < b`'),
  bars_since: {
    inputs: [condition, within],
    result: 'number',
    looksBack: true,
    meaning:
      'Bars since `condition` was last true, 0 at such a bar; no number if that is more than `within` bars ago',
  },
  value_when: {
    inputs: [condition, number('x'), within],
    result: 'number',
    looksBack: true,
    meaning: 'What `x` was when `condition` was last true, at most `within` bars ago',
  },
  highest: {
    inputs: [number('x'), bars],
    result: 'number',
    looksBack: true,
    meaning: 'The largest of the last `bars` values, the present one included',
  },
  lowest: {
    inputs: [number('x'), bars],
    result: 'number',
    looksBack: true,
    meaning: 'The smallest of the last `bars` values, the present one included',
  },
  count: {
    inputs: [condition, bars],
    result: 'number',
    looksBack: true,
    meaning: 'At how many of the last `bars` bars `condition` was true, the present one included',
  },
  abs: ofOne('The number without its sign'),
  min: ofMany('The smallest'),
  max: ofMany('The largest'),
  sqrt: ofOne('The square root; of a negative number none'),
  ln: ofOne('The natural logarithm; of zero and less none'),
  if: {
    inputs: [condition, { name: 'a', kind: 'same' }, { name: 'b', kind: 'same' }],
    result: 'same',
    looksBack: false,
    meaning:
      '`a` where the condition is true, `b` where it is false; no number, or unknown, where it is unknown',
  },
} as const satisfies Record<string, LanguageFunction>

export type FunctionName = keyof typeof FUNCTIONS

export function isFunction(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name)
}

export const WINDOW_RANGE = { min: 1, max: LIMITS.lookBack, integer: true } as const

/** How a function is called, as in `highest(x, bars)`. */
export function signatureOf(name: string, inputs: readonly FunctionInput[], repeats = false): string {
  const shown = inputs.map((input) =>
    input.default === undefined ? input.name : `${input.name} = ${input.default}`,
  )
  return `${name}(${shown.join(', ')}${repeats ? ', …' : ''})`
}
