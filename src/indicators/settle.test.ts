import assert from 'node:assert/strict'
import { it } from 'node:test'
import { settleOf } from './settle.ts'

/** What is left of a 1 in a chain of averages that see nothing but zeros after it. */
function leftAfter(bars: number, alpha: number, stages: number): number {
  const chain = new Array<number>(stages).fill(1)
  for (let bar = 0; bar < bars; bar++) {
    let value = 0
    for (const [stage, before] of chain.entries()) {
      value = before + alpha * (value - before)
      chain[stage] = value
    }
  }
  return chain.at(-1) ?? 0
}

it('an average has settled when its seed weighs under a billionth, and not long before', () => {
  for (const alpha of [0.9, 2 / 3, 2 / 27, 1 / 14, 2 / 1001]) {
    for (const stages of [1, 2, 3, 6]) {
      const bars = settleOf(alpha, stages)
      assert.ok(leftAfter(bars, alpha, stages) < 1e-9, `${alpha}, ${stages}`)
      assert.ok(leftAfter(Math.floor(bars / 2), alpha, stages) > 1e-9, `${alpha}, ${stages}`)
    }
  }
})

it('an average of one bar has no seed to forget', () => {
  assert.equal(settleOf(1), 0)
  assert.equal(settleOf(1, 3), 0)
})
