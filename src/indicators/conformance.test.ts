import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { inputsOf, measuredCandles, measureError, REFERENCES } from '../../test/indicators/conformance.ts'
import { indicatorTables, MARKS } from '../../test/indicators/listing.ts'
import { loadTalib, talib } from '../../test/indicators/talib.ts'
import type { Series } from '../../test/indicators/textbook.ts'
import { applyIndicator } from './apply-indicator.ts'
import { findIndicator, INDICATORS } from './catalogue.ts'
import { MEASURED_ERRORS } from './measured-errors.ts'

/** What is promised of every indicator. */
const PROMISED = 1e-9

before(loadTalib)

const candles = measuredCandles()

describe('the table of measured errors', () => {
  it('has every indicator, each with a reference to measure it by', () => {
    const names = INDICATORS.map(({ name }) => name)
    assert.deepEqual(Object.keys(MEASURED_ERRORS), names)
    assert.deepEqual(Object.keys(REFERENCES).toSorted(), names.toSorted())
  })

  for (const indicator of INDICATORS) {
    it(`is right about ${indicator.name}, which is as near to its reference as was promised`, () => {
      const stated = MEASURED_ERRORS[indicator.name] ?? Number.NaN
      const error = measureError(indicator, candles)
      assert.ok(error <= stated, `${error}: run node scripts/measure-indicators.ts`)
      assert.ok(stated <= PROMISED)
    })
  }
})

describe('TA-Lib', () => {
  const [data] = candles
  const close: Series = [...(data?.close ?? [])]
  const open: Series = [...(data?.open ?? [])]

  /** Its sums of squares lose digits, so that it is compared at the scale of prices. */
  function assertNear(name: string, parameters: number[], expected: Series[], scale: number) {
    const indicator = findIndicator(name)
    assert.ok(indicator !== undefined && data !== undefined)
    const outputs = applyIndicator(indicator, inputsOf(indicator, data), parameters)
    for (const [i, output] of outputs.entries()) {
      for (const [bar, value] of output.entries()) {
        const reference = expected[i]?.[bar] ?? Number.NaN
        const isNear = Math.abs(value - reference) <= PROMISED * scale
        assert.ok(isNear || (Number.isNaN(value) && Number.isNaN(reference)), `${name} ${bar}`)
      }
    }
  }

  it('has the same variances, deviations, bands, correlations and betas as the two passes', () => {
    const scale = Math.max(...close)
    assertNear('variance', [20], talib('VAR', [close], [20, 1]), scale)
    assertNear('stddev', [20], talib('STDDEV', [close], [20, 1]), scale)
    assertNear('correl', [30], talib('CORREL', [close, open], [30]), scale)
    assertNear('beta', [5], talib('BETA', [open, close], [5]), scale)
    const [upper = [], middle = [], lower = []] = talib('BBANDS', [close], [20, 2, 2, 0], 3)
    assertNear('bollinger', [20, 2], [middle, upper, lower], scale)
  })
})

it('docs/INDICATORS.md lists the indicators as they are', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/INDICATORS.md'), 'utf8')
  const listed = docs.split(MARKS[0])[1]?.split(MARKS[1])[0]?.trim()
  assert.equal(listed, indicatorTables(), 'Run node scripts/measure-indicators.ts.')
})
