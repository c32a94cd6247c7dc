import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { candlesOf, walk } from '../../test/strategies/bars.ts'
import { sliceCandles } from '../market-data/candles.ts'
import { isTimeframe } from '../market-data/timeframe.ts'
import { checkStrategy } from './language/check-strategy.ts'
import { evaluatePlan } from './language/evaluate-plan.ts'
import { TEMPLATES } from './templates.ts'

describe('a template', () => {
  for (const { id, document } of TEMPLATES) {
    it(`${id} is a strategy of which nothing is to be said but that it may settle late`, () => {
      const told = checkStrategy(document).diagnostics.filter(({ code }) => code !== 'unsettled')
      assert.deepEqual(told, [])
    })

    it(`${id} enters now and then, and knows no more than the bars that are over`, () => {
      const timeframe = String(document.timeframe)
      assert.ok(isTimeframe(timeframe))
      const candles = candlesOf(walk(3_000, timeframe, 7, 0.015))
      const { plan } = checkStrategy(document)
      assert.ok(plan !== null)
      const whole = evaluatePlan(plan, candles)
      const entries = whole.long?.entry.reduce((sum, one) => sum + one, 0) ?? 0
      assert.ok(entries > 3 && entries < 2_500, `${entries} entries`)
      const part = evaluatePlan(plan, sliceCandles(candles, 0, 1_234))
      assert.deepEqual(part.long?.entry, whole.long?.entry.slice(0, 1_234))
    })
  }

  it('has an id and a title of its own', () => {
    assert.equal(new Set(TEMPLATES.map(({ id }) => id)).size, TEMPLATES.length)
    assert.equal(new Set(TEMPLATES.map(({ title }) => title)).size, TEMPLATES.length)
  })
})
