import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { entering } from '../../../test/strategies/documents.ts'
import { readReference } from '../../../test/strategies/read-reference.ts'
import { TIMEFRAMES } from '../../market-data/timeframe.ts'
import { canonicalDocument } from './canonical-document.ts'
import { checkStrategy } from './check-strategy.ts'
import { DIAGNOSTICS } from './diagnostic.ts'
import { FUNCTIONS, type LanguageFunction, signatureOf } from './functions.ts'
import { BAR_VALUES, POSITION_VALUES } from './names.ts'
import { parseExpression } from './parser.ts'

const { text, strategies, json, codes, rows } = readReference()

describe('the language reference', () => {
  it('shows strategies of which nothing is to be said', () => {
    assert.ok(strategies.length >= 4)
    for (const body of strategies) assert.deepEqual(checkStrategy(JSON.parse(body)).diagnostics, [], body)
  })

  it('shows parameters and a diagnostic as they are', () => {
    const [parameters = '', diagnostic = ''] = json
    const document = entering('close > length * factor and use_filter', {
      parameters: JSON.parse(parameters),
    })
    assert.deepEqual(checkStrategy(document).diagnostics, [])
    assert.deepEqual(checkStrategy(entering('clsoe > 1')).diagnostics, [JSON.parse(diagnostic)])
  })

  it('writes nothing as an expression that is none', () => {
    const isNone = /^[{"/]|^(GET|POST) |…|\w = \d|^\[a-z_\]|^@$/
    const expressions = codes.filter((code) => /[([<>@]|\b(and|or|not)\b /.test(code) && !isNone.test(code))
    assert.ok(expressions.length > 45, String(expressions.length))
    // An example of what is wrong.
    const wrong = ['a < b < c']
    for (const code of expressions.filter((one) => !wrong.includes(one)))
      assert.ok(parseExpression(code), code)
  })

  it('shows orders and levels that can be written so', () => {
    for (const code of codes.filter((one) => one.startsWith('{ "type"'))) {
      const part: { type: string } = JSON.parse(code)
      const isOrder = ['market', 'limit', 'stop'].includes(part.type)
      const document = isOrder
        ? entering('close > open', { long: { entry: 'close > open', exit: 'close < open', order: part } })
        : entering('close > open', { risk: { stop_loss: part } })
      assert.deepEqual(checkStrategy(document).diagnostics, [], code)
    }
  })

  it('lists every diagnostic with its severity and meaning', () => {
    const expected = Object.entries(DIAGNOSTICS).map(([code, { severity, meaning }]) => [
      `\`${code}\``,
      severity,
      meaning,
    ])
    const listed = rows.filter(([, severity]) => severity === 'error' || severity === 'warning')
    assert.deepEqual(listed, expected)
  })

  it('lists every function, value and timeframe', () => {
    const functions: Record<string, LanguageFunction> = FUNCTIONS
    for (const [name, { inputs, repeats }] of Object.entries(functions)) {
      assert.ok(text.includes(`\`${signatureOf(name, inputs, repeats)}\``), name)
    }
    for (const name of [...BAR_VALUES, ...POSITION_VALUES, ...TIMEFRAMES])
      assert.ok(codes.includes(name), name)
  })

  it('lists every key of a document', () => {
    const { tree } = checkStrategy(JSON.parse(strategies[0] ?? ''))
    assert.ok(tree !== null)
    const { risk, ...document } = canonicalDocument(tree)
    const keys = [...Object.keys(document), ...Object.keys(Object(risk))]
    for (const key of keys)
      assert.ok(
        rows.some(([cell]) => cell?.includes(`\`${key}\``)),
        key,
      )
  })
})
