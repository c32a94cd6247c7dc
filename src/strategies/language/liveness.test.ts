import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { candlesOf, walk } from '../../../test/strategies/bars.ts'
import { entering, strategy } from '../../../test/strategies/documents.ts'
import { checkStrategy } from './check-strategy.ts'
import { evaluateGraph } from './evaluate-graph.ts'
import { bytesPerBar } from './liveness.ts'
import type { Plan } from './plan.ts'

const candles = candlesOf(walk(8, '1h'))

function planOf(document: unknown): Plan {
  const { plan, diagnostics } = checkStrategy(document)
  assert.ok(plan !== null, JSON.stringify(diagnostics))
  return plan
}

/** What is still there of each node after an evaluation. */
function kept(plan: Plan, keepsAll = false): string[] {
  const { columns } = evaluateGraph(plan, candles, { keepsAll })
  return plan.graph
    .filter((_, node) => columns[node] !== null)
    .map(({ operation, name }) => name || operation)
}

describe('the columns of an evaluation', () => {
  it('are given up once nothing reads them any more', () => {
    const plan = planOf(entering('close > sma(close, 2) and open > 1'))
    assert.deepEqual(kept(plan), ['and', 'less'])
    assert.equal(kept(plan, true).length, plan.graph.length)
  })

  it('stay where an exit rule reads them bar by bar', () => {
    const exit = 'close > entry_price * 2 and close > sma(close, 2) and sma(close, 2) > sma(open, 3)'
    assert.deepEqual(kept(planOf(strategy({ long: { entry: 'close > 1', exit } }))), [
      'close',
      'less',
      'constant',
      'less',
      'less',
    ])
  })

  it('stay where they are the rank, a price or a level', () => {
    const document = strategy({
      long: { entry: 'close > 1', order: { type: 'limit', price: 'sma(close, 2)' } },
      risk: { stop_loss: { type: 'atr', period: 3, multiple: 2 } },
      rank: 'ema(close, 2)',
    })
    assert.deepEqual(kept(planOf(document)), ['less', 'sma', 'multiply', 'ema'])
  })
})

describe('the memory of an evaluation', () => {
  const bytes = (entry: string) => bytesPerBar(planOf(entering(entry)))

  it('is what is there at once, not what is there in all', () => {
    assert.equal(bytes('close > open'), 2)
    // Two averages at once.
    assert.equal(bytes('sma(close, 2) > sma(close, 3)'), 17)
    const averages = Array.from({ length: 50 }, (_, index) => `sma(close, ${index + 2})`)
    // The sum so far, and as many averages as one loop reads.
    assert.equal(bytes(`${averages.join(' + ')} > 1`), 72)
    assert.ok(bytes(averages.map((average) => `${average} > 1`).join(' and ')) < 75)
    assert.equal(bytes('macd(close).histogram > 1'), 25)
  })

  it('is all of it where all is read at the end', () => {
    const averages = Array.from({ length: 20 }, (_, index) => `sma(close, ${index + 2}) > entry_price`)
    const plan = planOf(strategy({ long: { entry: 'close > 1', exit: averages.join(' or ') } }))
    assert.equal(bytesPerBar(plan), 161)
  })
})
