import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { entering, hourly, strategy } from '../../../test/strategies/documents.ts'
import { checkStrategy } from './check-strategy.ts'
import { type ExplainedPart, explainRules } from './explain-rule.ts'

const candles = hourly([1, 2, 3, 4, 5].map((close) => ({ close })))

function lines({ text, value, parts }: ExplainedPart, indent = ''): string[] {
  return [`${indent}${text}: ${value}`, ...parts.flatMap((part) => lines(part, `${indent}  `))]
}

function explain(document: unknown, bar: number, hasPosition = false) {
  const { plan, diagnostics } = checkStrategy(document)
  assert.ok(plan !== null, JSON.stringify(diagnostics))
  const position = {
    entryPrice: 2,
    barsInPosition: 3,
    positionReturn: 0.5,
    highestSinceEntry: 5,
    lowestSinceEntry: 2,
  }
  return explainRules(plan, candles, bar, hasPosition ? position : undefined)
}

describe('a rule that is explained', () => {
  it('shows each condition in it with what it was at that bar', () => {
    const document = entering(
      'close > 2 and (open < sma(close, 2) or not up) and crosses_above(close, 3.5)',
      {
        series: { up: 'close > close[1]' },
      },
    )
    const [entry, exit] = explain(document, 3)
    assert.ok(entry !== undefined && exit !== undefined)
    assert.deepEqual(lines(entry), [
      'close > 2 and (open < sma(close, 2) or not up) and crosses_above(close, 3.5): false',
      '  close > 2: true',
      '    close: 4',
      '  open < sma(close, 2) or not up: false',
      '    open < sma(close, 2): false',
      '      open: 4',
      '      sma(close, 2): 3.5',
      '    not up: false',
      '      up: true',
      '        close > close[1]: true',
      '          close: 4',
      '          close[1]: 3',
      '  crosses_above(close, 3.5): true',
      '    close: 4',
    ])
    assert.deepEqual([entry.path, exit.path], ['long.entry', 'long.exit'])
  })

  it('reads nothing after the bar', () => {
    assert.deepEqual(explain(entering('close@2h > 1'), 0)[0]?.parts[0]?.value, null)
    assert.deepEqual(explain(entering('close@2h > 1'), 1)[0]?.parts[0]?.value, 2)
  })

  it('says where nothing is known yet', () => {
    const [early] = explain(entering('close > close[2] or close > 0'), 1)
    assert.ok(early !== undefined)
    assert.deepEqual([early.isReady, early.value, early.parts[0]?.value], [false, true, null])
    assert.equal(explain(entering('close > close[2]'), 2)[0]?.isReady, true)
  })

  it('reads the position where there is one', () => {
    const document = strategy({
      long: {
        entry: 'close > 1',
        exit: 'close > entry_price * 1.5 and if(bars_in_position > 2, true, false)',
      },
    })
    const [, without] = explain(document, 4)
    const [, withOne] = explain(document, 4, true)
    assert.ok(without !== undefined && withOne !== undefined)
    assert.deepEqual([without.value, without.parts[0]?.value], [null, null])
    assert.deepEqual(lines(withOne), [
      'close > entry_price * 1.5 and if(bars_in_position > 2, true, false): true',
      '  close > entry_price * 1.5: true',
      '    close: 5',
      '    entry_price * 1.5: 3',
      '  if(bars_in_position > 2, true, false): true',
      '    bars_in_position > 2: true',
      '      bars_in_position: 3',
    ])
  })

  it('shows prices, levels and the rank too', () => {
    const document = strategy({
      long: { entry: 'close > 1', exit: 'close < 1', order: { type: 'limit', price: 'close / 2' } },
      rank: 'close * 2',
      risk: { stop_loss: { type: 'price', price: 'low - 1' } },
    })
    const shown = explain(document, 1).map(({ path, value }) => `${path}: ${value}`)
    assert.deepEqual(shown, [
      'long.entry: true',
      'long.exit: false',
      'long.order.price: 1',
      'risk.stop_loss.price: 1',
      'rank: 4',
    ])
  })
})
