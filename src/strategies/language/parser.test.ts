import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { anyExpression, withoutPlaces } from '../../../test/strategies/expressions.ts'
import type { Expression } from './expression.ts'
import { LIMITS } from './limits.ts'
import { parseExpression } from './parser.ts'
import { printExpression } from './printer.ts'
import { SyntaxFault } from './syntax-fault.ts'

/** With every operation in brackets. */
function grouped(expression: Expression): string {
  switch (expression.kind) {
    case 'binary':
      return `(${grouped(expression.left)} ${expression.operator} ${grouped(expression.right)})`
    case 'not':
      return `(not ${grouped(expression.operand)})`
    case 'negate':
      return `(-${grouped(expression.operand)})`
    case 'index':
      return `(${grouped(expression.operand)}[${grouped(expression.offset)}])`
    case 'timeframe':
      return `(${grouped(expression.operand)}@${expression.timeframe})`
    case 'call':
      return `${expression.name}(${expression.inputs.map(grouped).join(', ')})${expression.output === null ? '' : `.${expression.output}`}`
    default:
      return printExpression(expression)
  }
}

const GROUPS: [string, string][] = [
  ['a or b and c', '(a or (b and c))'],
  ['a and b or c', '((a and b) or c)'],
  ['a or b or c', '((a or b) or c)'],
  ['not a and b', '((not a) and b)'],
  ['not a < b', '(not (a < b))'],
  ['not not a', '(not (not a))'],
  ['a < b and c >= d', '((a < b) and (c >= d))'],
  ['a + b < c - d', '((a + b) < (c - d))'],
  ['a - b - c', '((a - b) - c)'],
  ['a / b / c', '((a / b) / c)'],
  ['a + b * c', '(a + (b * c))'],
  ['a * b + c', '((a * b) + c)'],
  ['(a + b) * c', '((a + b) * c)'],
  ['-a * b', '((-a) * b)'],
  ['a * -b', '(a * (-b))'],
  ['a - -b', '(a - (-b))'],
  ['--a', '(-(-a))'],
  ['-a[1]', '(-(a[1]))'],
  ['(-a)[1]', '((-a)[1])'],
  ['a[1][2]', '((a[1])[2])'],
  ['a@4h[1]', '((a@4h)[1])'],
  ['a[1]@4h', '((a[1])@4h)'],
  ['(a > b)@4h', '((a > b)@4h)'],
  ['f(a, b)[n + 1]', '(f(a, b)[(n + 1)])'],
  ['macd(close).histogram@1d', '(macd(close).histogram@1d)'],
  ['(macd(close)).histogram', 'macd(close).histogram'],
  ['a == b or a != b', '((a == b) or (a != b))'],
  ['\ta\n+\r b ', '(a + b)'],
  ['1.5e-3 + 2E2 + 007', '((0.0015 + 200) + 7)'],
  ['f()', 'f()'],
  ['true and false', '(true and false)'],
]

describe('an expression', () => {
  for (const [text, expected] of GROUPS) {
    it(`${JSON.stringify(text)} means ${expected}`, () => {
      assert.equal(grouped(parseExpression(text)), expected)
    })
  }

  it('is the same tree after it was printed and read', () => {
    fc.assert(
      fc.property(anyExpression, (tree) => {
        const text = printExpression(tree)
        fc.pre(text.length <= LIMITS.expressionLength)
        assert.deepEqual(withoutPlaces(parseExpression(text)), tree)
        assert.equal(printExpression(parseExpression(text)), text)
      }),
      { numRuns: 2_000 },
    )
  })

  it('keeps the place of each part in its text, brackets and all', () => {
    const text = ' (a + b)@4h > f( c )'
    const tree = parseExpression(text)
    assert.ok(tree.kind === 'binary' && tree.left.kind === 'timeframe' && tree.right.kind === 'call')
    const shown = [tree, tree.left, tree.left.operand, tree.right].map(({ from, to }) => text.slice(from, to))
    assert.deepEqual(shown, ['(a + b)@4h > f( c )', '(a + b)@4h', 'a + b', 'f( c )'])
  })

  it('is read or refused, whatever the text is', () => {
    const words = fc.constantFrom(
      ...[
        'close',
        'and',
        'or',
        'not',
        '(',
        ')',
        '[',
        ']',
        ',',
        '.',
        '@4h',
        '@',
        '<',
        '==',
        '!',
        '1',
        '2.5',
        '-',
        '*',
        ' ',
      ],
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(words, { maxLength: 30 }).map((list) => list.join('')),
    )
    fc.assert(
      fc.property(text, (given) => {
        try {
          parseExpression(given)
        } catch (fault) {
          assert.ok(fault instanceof SyntaxFault, String(fault))
          assert.ok(
            fault.place.from >= 0 && fault.place.from <= fault.place.to && fault.place.to <= given.length,
          )
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
