import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { computeRun } from '../../src/backtests/compute-run.ts'
import { applyIndicator } from '../../src/indicators/apply-indicator.ts'
import { INDICATORS } from '../../src/indicators/catalogue.ts'
import { usualParameters } from '../../src/indicators/usual-call.ts'
import { canonicalHash } from '../../src/market-data/canonical-hash.ts'
import { TEMPLATES } from '../../src/strategies/templates.ts'
import { inputsOf } from '../indicators/conformance.ts'
import { seededCandles, templateRun } from './template-runs.ts'

/*
 * What every machine and every version of Node has to come to, to the last bit. A change of these hashes is a change of
 * results that users have: it needs a new version of the engine.
 */
const EVERY_INDICATOR = '7fa55596ebb3f58689c9cb224bcd4e678473ca09ae22f89444920b5f58a1abe1'
const EVERY_TEMPLATE = '174c2658c692274e1fb55dd2b7708f5b6197f1217c7e373a5766638827f1b9e8'

describe('on every machine, under every version of Node', () => {
  it('all indicators have the same values', () => {
    const candles = seededCandles(5, '1h', 5_000)
    const hash = createHash('sha256')
    for (const indicator of INDICATORS) {
      const columns = applyIndicator(indicator, inputsOf(indicator, candles), usualParameters(indicator))
      hash.update(canonicalHash([indicator.name], [candles.timestamp, ...columns]))
    }
    assert.equal(hash.digest('hex'), EVERY_INDICATOR)
  })

  it('all templates make the same trades, and the same equity at each bar', () => {
    const hash = createHash('sha256')
    for (const template of TEMPLATES) {
      const { tradesHash, equityHash } = computeRun(templateRun(template, [1, 2, 3], 3_000))
      hash.update(`${tradesHash} ${equityHash}`)
    }
    assert.equal(hash.digest('hex'), EVERY_TEMPLATE)
  })
})
