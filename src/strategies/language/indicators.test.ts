import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { candlesOf, walk } from '../../../test/strategies/bars.ts'
import { strategy } from '../../../test/strategies/documents.ts'
import { INDICATORS } from '../../indicators/catalogue.ts'
import { checkStrategy } from './check-strategy.ts'
import { evaluatePlan } from './evaluate-plan.ts'
import { FUNCTIONS } from './functions.ts'
import { BAR_VALUES, isName, isPositionValue, WORDS } from './names.ts'

const LENGTH = 300
const candles = candlesOf(walk(LENGTH, '1h'))

describe('an indicator in a rule', () => {
  for (const { name, inputs, parameters, outputs } of INDICATORS) {
    it(`${name} can be called by its name, and has all its values once it is ready`, () => {
      const taken = [...Object.keys(FUNCTIONS), ...BAR_VALUES, ...WORDS]
      assert.ok(isName(name) && !isPositionValue(name) && !taken.includes(name))
      const sources = inputs.filter((input) => input === 'source').map(() => 'close')
      const needed = parameters.filter((parameter) => parameter.default === undefined)
      const call = `${name}(${[...sources, ...needed.map(({ min }) => Math.max(min, 10))].join(', ')})`
      for (const rank of [call, ...outputs.map((output) => `${call}.${output}`)]) {
        const { plan, diagnostics } = checkStrategy(strategy({ rank }))
        assert.ok(plan !== null, JSON.stringify(diagnostics))
        const signals = evaluatePlan(plan, candles)
        assert.ok(signals.ready < LENGTH && plan.lookBack >= signals.ready)
        assert.ok(signals.rank?.subarray(signals.ready).every(Number.isFinite), rank)
      }
    })
  }
})
