import fc from 'fast-check'
import type { BinaryOperator, Expression } from '../../src/strategies/language/expression.ts'

const PLACE = { from: 0, to: 0 }

export const number = (value: number): Expression => ({ kind: 'number', value, ...PLACE })
export const truth = (value: boolean): Expression => ({ kind: 'boolean', value, ...PLACE })
export const name = (text: string): Expression => ({ kind: 'name', name: text, ...PLACE })
export const call = (text: string, inputs: Expression[], output: string | null = null): Expression => ({
  kind: 'call',
  name: text,
  inputs,
  output,
  ...PLACE,
})
export const binary = (operator: BinaryOperator, left: Expression, right: Expression): Expression => ({
  kind: 'binary',
  operator,
  left,
  right,
  ...PLACE,
})
export const unary = (kind: 'negate' | 'not', operand: Expression): Expression => ({
  kind,
  operand,
  ...PLACE,
})
export const index = (operand: Expression, offset: Expression): Expression => ({
  kind: 'index',
  operand,
  offset,
  ...PLACE,
})
export const at = (operand: Expression, timeframe: string): Expression => ({
  kind: 'timeframe',
  operand,
  timeframe,
  ...PLACE,
})

/** The same tree without the places in the text. */
export function withoutPlaces(expression: Expression): Expression {
  const text = JSON.stringify(expression, (key, value) => (key === 'from' || key === 'to' ? 0 : value))
  return JSON.parse(text)
}

const OPERATORS: BinaryOperator[] = ['or', 'and', '<', '<=', '>', '>=', '==', '!=', '+', '-', '*', '/']
const anyName = fc.constantFrom('close', 'hl2', 'fast', 'a', '_b', 'entry_price', 'x1', 'ln')

/** Any tree that can be written, whether or not it makes sense. */
export const anyExpression: fc.Arbitrary<Expression> = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.oneof(
      fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => number(value + 0)),
      fc.nat(200).map(number),
      fc.boolean().map(truth),
      anyName.map(name),
    ),
    fc.tuple(fc.constantFrom(...OPERATORS), tie('tree'), tie('tree')).map(([o, l, r]) => binary(o, l, r)),
    fc.tuple(fc.constantFrom('negate' as const, 'not' as const), tie('tree')).map(([k, e]) => unary(k, e)),
    fc.tuple(tie('tree'), tie('tree')).map(([operand, offset]) => index(operand, offset)),
    fc.tuple(tie('tree'), fc.constantFrom('4h', '1d', 'x', '')).map(([e, t]) => at(e, t)),
    fc
      .tuple(anyName, fc.array(tie('tree'), { maxLength: 3 }), fc.option(fc.constantFrom('signal', 'upper')))
      .map(([text, inputs, output]) => call(text, inputs, output)),
  ),
})).tree

export type Kinds = { position: boolean; timeframes: boolean }

const window = fc.oneof(fc.integer({ min: 1, max: 6 }).map(number), fc.constant(name('bars')))

function indicator(value: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  return fc.oneof(
    fc
      .tuple(fc.constantFrom('sma', 'ema', 'rsi'), value, fc.integer({ min: 2, max: 6 }))
      .map(([n, x, bars]) => call(n, [x, number(bars)])),
    fc.integer({ min: 1, max: 6 }).map((bars) => call('atr', [number(bars)])),
    fc
      .tuple(value, fc.constantFrom('macd', 'signal', 'histogram', null))
      .map(([x, output]) => call('macd', [x, number(2), number(4), number(3)], output)),
  )
}

/** Values that a bar has by itself, and small numbers, so that comparisons meet often. */
const leafNumber = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('open', 'high', 'low', 'close', 'volume', 'hl2', 'hlc3', 'ohlc4').map(name),
  },
  { weight: 1, arbitrary: fc.constantFrom('hour', 'minute', 'day_of_week', 'day_of_month').map(name) },
  { weight: 1, arbitrary: fc.constantFrom('factor', 'bars').map(name) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 12 }).map(number) },
)
const positionNumber = fc
  .constantFrom(
    'entry_price',
    'bars_in_position',
    'position_return',
    'highest_since_entry',
    'lowest_since_entry',
  )
  .map(name)

type Typed = { number: fc.Arbitrary<Expression>; condition: fc.Arbitrary<Expression> }

/** Names of series by type, which expressions may read. */
export type KnownSeries = { numbers: string[]; conditions: string[] }

/**
 * Expressions without a fault, of both types. History, indicators and larger timeframes are asked only of what does not
 * depend on the position.
 */
export function typedExpressions(kinds: Kinds, series: KnownSeries, depth = 3): Typed {
  const plain: Typed =
    kinds.position || kinds.timeframes
      ? typedExpressions({ position: false, timeframes: false }, { numbers: [], conditions: [] }, depth - 1)
      : { number: leafNumber, condition: fc.constant(truth(true)) }
  const leaf = fc.oneof(
    leafNumber,
    ...(kinds.position ? [positionNumber] : []),
    ...(series.numbers.length > 0 ? [fc.constantFrom(...series.numbers).map(name)] : []),
  )
  const leafCondition = fc.oneof(
    fc.tuple(fc.constantFrom<BinaryOperator>('<', '>'), leaf, leaf).map(([o, l, r]) => binary(o, l, r)),
    fc.constant(name('flag')),
    ...(series.conditions.length > 0 ? [fc.constantFrom(...series.conditions).map(name)] : []),
  )
  if (depth <= 0) return { number: leaf, condition: leafCondition }
  const inner = typedExpressions(kinds, series, depth - 1)
  const still = kinds.position ? typedExpressions({ ...kinds, position: false }, series, depth - 1) : inner
  return {
    number: fc.oneof({ weight: 2, arbitrary: leaf }, ...numbersOf(inner, still, plain, kinds)),
    condition: fc.oneof({ weight: 1, arbitrary: leafCondition }, ...conditionsOf(inner, still, plain, kinds)),
  }
}

function numbersOf(
  inner: Typed,
  still: Typed,
  plain: Typed,
  { timeframes }: Kinds,
): fc.Arbitrary<Expression>[] {
  const arithmetic = fc.constantFrom<BinaryOperator>('+', '-', '*', '/')
  return [
    fc.tuple(arithmetic, inner.number, inner.number).map(([o, l, r]) => binary(o, l, r)),
    inner.number.map((x) => unary('negate', x)),
    fc.tuple(fc.constantFrom('abs', 'sqrt', 'ln'), inner.number).map(([n, x]) => call(n, [x])),
    fc
      .tuple(fc.constantFrom('min', 'max'), fc.array(inner.number, { minLength: 2, maxLength: 3 }))
      .map(([n, inputs]) => call(n, inputs)),
    fc.tuple(inner.condition, inner.number, inner.number).map((inputs) => call('if', inputs)),
    fc.tuple(still.number, fc.nat(4)).map(([x, bars]) => index(x, number(bars))),
    fc.tuple(fc.constantFrom('highest', 'lowest'), still.number, window).map(([n, x, w]) => call(n, [x, w])),
    fc.tuple(still.condition, window).map(([c, w]) => call('count', [c, w])),
    fc.tuple(still.condition, window).map(([c, w]) => call('bars_since', [c, w])),
    fc.tuple(still.condition, still.number, window).map(([c, x, w]) => call('value_when', [c, x, w])),
    indicator(still.number),
    ...(timeframes ? [fc.tuple(plain.number, fc.constantFrom('4h', '1d')).map(([x, t]) => at(x, t))] : []),
  ]
}

function conditionsOf(
  inner: Typed,
  still: Typed,
  plain: Typed,
  { timeframes }: Kinds,
): fc.Arbitrary<Expression>[] {
  const comparison = fc.constantFrom<BinaryOperator>('<', '<=', '>', '>=', '==', '!=')
  return [
    fc.tuple(comparison, inner.number, inner.number).map(([o, l, r]) => binary(o, l, r)),
    fc
      .tuple(fc.constantFrom<BinaryOperator>('and', 'or'), inner.condition, inner.condition)
      .map(([o, l, r]) => binary(o, l, r)),
    inner.condition.map((c) => unary('not', c)),
    fc.tuple(inner.condition, inner.condition, inner.condition).map((inputs) => call('if', inputs)),
    fc
      .tuple(fc.constantFrom('crosses_above', 'crosses_below'), still.number, still.number)
      .map(([n, a, b]) => call(n, [a, b])),
    fc.tuple(still.condition, fc.nat(4)).map(([c, bars]) => index(c, number(bars))),
    ...(timeframes ? [fc.tuple(plain.condition, fc.constantFrom('4h', '1d')).map(([c, t]) => at(c, t))] : []),
  ]
}
