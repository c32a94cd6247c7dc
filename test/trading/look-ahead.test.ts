import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TEMPLATES } from '../../src/strategies/templates.ts'
import { cutRun, outcomeOf, templateRun } from './template-runs.ts'

const BARS = 3_000

describe('a bar that has not come yet changes nothing before it', () => {
  for (const template of TEMPLATES) {
    it(`in ${template.id}, from the document to the last trade`, () => {
      const run = templateRun(template, [1, 2, 3], BARS)
      const whole = outcomeOf(run)
      const fills = whole.fills.toRows()
      assert.ok(fills.length > 4, `${fills.length} fills`)
      for (const share of [0.21, 0.5, 0.83, 0.999]) {
        const cut = whole.timestamp[Math.floor(share * whole.timestamp.length)] as number
        const part = outcomeOf(cutRun(run, cut))
        assert.deepEqual(part.equity, whole.equity.slice(0, part.equity.length))
        assert.deepEqual(
          part.fills.toRows().map(({ trade, ...fill }) => fill),
          fills.filter(({ time }) => time < cut).map(({ trade, ...fill }) => fill),
        )
        const closed = part.trades.toRows()
        assert.deepEqual(closed, whole.trades.toRows().slice(0, closed.length))
      }
    })
  }
})
