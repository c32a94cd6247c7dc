import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkStrategy } from './check-strategy.ts'
import { costPerBar } from './cost.ts'
import { promised } from './resolving.ts'

function costOf(entry: string): { cost: number; nodes: number } {
  const sizing = { type: 'percent_of_equity', value: 95 }
  const document = { name: 'Cost', timeframe: '1h', long: { entry, exit: 'close < 0' }, sizing }
  const plan = promised(checkStrategy(document, {}).plan ?? undefined)
  return { cost: costPerBar(plan), nodes: plan.nodes }
}

describe('the cost of a plan for one bar', () => {
  it('is one for each node', () => {
    const { cost, nodes } = costOf('ema(close, 5) > sma(close, 20)')
    assert.equal(cost, nodes)
  })

  it('grows with the window of an indicator that reads all of it at each bar', () => {
    const { cost, nodes } = costOf('cci(18) > 100')
    assert.equal(cost, nodes + 1)
    const long = costOf('cci(360) > 100')
    assert.equal(long.cost, long.nodes + 20)
  })

  it('counts a slow indicator once, however many of its outputs are read', () => {
    const { cost, nodes } = costOf('ichimoku().conversion > ichimoku().base')
    assert.equal(cost, nodes + 5)
  })
})
