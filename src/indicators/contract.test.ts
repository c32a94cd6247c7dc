import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { inputsOf, scaledParameters } from '../../test/indicators/conformance.ts'
import { madeCandles } from '../../test/indicators/made-candles.ts'
import { type Candles, emptyCandles, sliceCandles } from '../market-data/candles.ts'
import { ColumnMemory } from '../numerics/column-memory.ts'
import { applyIndicator } from './apply-indicator.ts'
import { findIndicator, INDICATORS } from './catalogue.ts'
import type { Column, Indicator } from './indicator.ts'
import { usualParameters } from './usual-call.ts'

/** Names that the language of strategies has for itself. */
const RESERVED =
  'open high low close volume timestamp hl2 hlc3 ohlc4 hour minute day_of_week day_of_month entry_price ' +
  'bars_in_position position_return highest_since_entry lowest_since_entry crosses_above crosses_below bars_since ' +
  'value_when highest lowest count abs min max sqrt ln if and or not true false'

const candles = madeCandles({ seed: 7, bars: 600 })

/** Usual, small and smallest parameters, as far as they are allowed together. */
function parameterSets(indicator: Indicator): number[][] {
  const least = indicator.parameters.map(({ min }) => min)
  const sets = [usualParameters(indicator), scaledParameters(indicator, 0.3), least]
  return sets.filter((parameters) => indicator.fault?.(parameters) === undefined)
}

/** Any that are allowed together, with windows that the data can fill. */
function parametersOf(indicator: Indicator): fc.Arbitrary<number[]> {
  const drawn = indicator.parameters.map(({ kind, min, max }) =>
    kind === 'integer'
      ? fc.integer({ min, max: 60 })
      : fc.double({ min, max: Math.min(max, 1e6), noNaN: true }),
  )
  return fc.tuple(...drawn).filter((parameters) => indicator.fault?.(parameters) === undefined)
}

/** The same candles at ten to the `size` times their prices. */
function resized(size: number): Candles {
  const price = (column: Column) => column.map((value) => value * 10 ** size)
  const { open, high, low, close } = candles
  return { ...candles, open: price(open), high: price(high), low: price(low), close: price(close) }
}

function outputsOf(indicator: Indicator, parameters: readonly number[], data: Candles): Column[] {
  return applyIndicator(indicator, inputsOf(indicator, data), parameters)
}

/** The same bits, every NaN being one. */
function assertSame(ours: readonly Column[], theirs: readonly Column[], what: string) {
  for (const [i, column] of ours.entries()) assert.deepEqual(column, theirs[i], what)
}

function cut(columns: readonly Column[], from: number, to: number): Column[] {
  return columns.map((column) => column.subarray(from, to))
}

/** Every bar alike: one price, one volume. */
function stillCandles(bars: number, price: number, volume: number): Candles {
  const still = emptyCandles(bars)
  for (const column of [still.open, still.high, still.low, still.close]) column.fill(price)
  for (let bar = 0; bar < bars; bar++) still.timestamp[bar] = bar * 60_000
  still.volume.fill(volume)
  return still
}

const PRICE = 0.1 + 0.2
const VOLUME = 3

/** What becomes of a market that stands still, where it is neither the price of an average nor 0. */
const STILL: Record<string, number[]> = {
  imi: [50],
  rvi: [50],
  connors_rsi: [100 / 3],
  percent_rank: [100],
  choppiness: [100],
  aroon: [100, 100],
  efficiency_ratio: [1],
  percent_b: [0.5],
  bollinger: [PRICE, PRICE, PRICE],
  donchian: [PRICE, PRICE, PRICE],
  keltner: [PRICE, PRICE, PRICE],
  chandelier: [PRICE, PRICE],
  ichimoku: [PRICE, PRICE, PRICE, PRICE],
  supertrend: [PRICE, -1],
  psar: [PRICE],
  vwap: [PRICE],
  rolling_vwap: [PRICE],
  linear_reg: [PRICE],
  linear_reg_intercept: [PRICE],
  tsf: [PRICE],
  median: [PRICE],
  percentile: [PRICE],
  obv: [VOLUME],
  nvi: [1000],
  pvi: [1000],
}

/** Averages that are made of differences and so are exact to the last digit or two only. */
const ROUNDING = 1e-13

describe('the catalogue', () => {
  it('has 60 indicators or more, each under a name of its own that the language does not use', () => {
    const names = INDICATORS.map(({ name }) => name)
    assert.ok(names.length >= 60)
    assert.equal(new Set(names).size, names.length)
    assert.deepEqual(
      names.filter((name) => !/^[a-z][a-z0-9_]{0,63}$/.test(name) || RESERVED.split(' ').includes(name)),
      [],
    )
    for (const indicator of INDICATORS) assert.equal(findIndicator(indicator.name), indicator)
    assert.equal(findIndicator('ema2'), undefined)
  })

  it('has defaults within their bounds, at the end of each list of parameters, that are allowed together', () => {
    for (const indicator of INDICATORS) {
      const { name, parameters, fault, outputs } = indicator
      const given = usualParameters(indicator)
      assert.equal(fault?.(given), undefined, name)
      assert.equal(new Set(outputs).size, outputs.length, name)
      for (const [i, parameter] of parameters.entries()) {
        assert.ok((given[i] ?? 0) >= parameter.min && (given[i] ?? 0) <= parameter.max, name)
        assert.ok(parameter.default !== undefined || parameters[i - 1]?.default === undefined, name)
        assert.ok(parameter.kind === 'number' || Number.isInteger(given[i]), name)
      }
    }
  })

  it('writes the warm-up as a formula that says the same as the function', () => {
    for (const indicator of INDICATORS) {
      for (const parameters of parameterSets(indicator)) {
        const code = indicator.warmUpFormula
          .replaceAll('−', '-')
          .replaceAll('·', '*')
          .replace(/\b(max|floor|sqrt)\(/g, 'Math.$1(')
        const names = indicator.parameters.map(({ name }) => name)
        const formula = new Function(...names, `return ${code}`)
        assert.equal(formula(...parameters), indicator.warmUp(parameters), indicator.name)
      }
    }
  })

  it('says in a sentence what is wrong between parameters that do not fit', () => {
    for (const { name, parameters, fault } of INDICATORS) {
      const wrong = parameters.map((_, i) => 21 - i)
      if (fault !== undefined) assert.match(fault(wrong) ?? '', /^`\w+` must be .+\.$/, name)
    }
  })
})

describe('the cost of an indicator for one bar', () => {
  it('is at least that of a usual one, and grows with no parameter beyond its measured time', () => {
    for (const { name, parameters, cost } of INDICATORS) {
      if (cost === undefined) continue
      const shortest = cost(parameters.map(({ min }) => min))
      const longest = cost(parameters.map(({ max }) => max))
      assert.ok(shortest >= 1 && longest >= shortest && longest < 30, `${name}: ${shortest} to ${longest}`)
    }
  })
})

for (const indicator of INDICATORS) {
  describe(indicator.name, () => {
    it('has no value before its warm-up is over, and one at every bar from then on', () => {
      for (const parameters of parameterSets(indicator)) {
        const warmUp = indicator.warmUp(parameters)
        for (const column of outputsOf(indicator, parameters, candles)) {
          assert.equal(column.subarray(0, warmUp).every(Number.isNaN), true, `${parameters}`)
          assert.equal(column.subarray(warmUp).every(Number.isFinite), true, `${parameters}`)
        }
      }
    })

    it('has a value at every bar after its warm-up with any parameters, at prices of any size', () => {
      const property = fc.property(
        parametersOf(indicator),
        fc.integer({ min: -9, max: 9 }),
        (parameters, size) => {
          const warmUp = indicator.warmUp(parameters)
          for (const column of outputsOf(indicator, parameters, resized(size))) {
            assert.equal(column.subarray(0, warmUp).every(Number.isNaN), true)
            assert.equal(column.subarray(warmUp).every(Number.isFinite), true)
          }
        },
      )
      fc.assert(property, { numRuns: 20 })
    })

    it('knows nothing of the future: cut anywhere, what comes before the cut is the same to the bit', () => {
      for (const parameters of parameterSets(indicator)) {
        const whole = outputsOf(indicator, parameters, candles)
        const property = fc.property(fc.integer({ min: 0, max: 600 }), (bars) => {
          const part = outputsOf(indicator, parameters, sliceCandles(candles, 0, bars))
          assertSame(part, cut(whole, 0, bars), `${parameters} cut at ${bars}`)
        })
        fc.assert(property, { numRuns: 12 })
      }
    })

    it('is what its definition says in a market that stands still', () => {
      const parameters = scaledParameters(indicator, 0.3)
      const warmUp = indicator.warmUp(parameters)
      const usual = indicator.category === 'average' ? PRICE : 0
      const outputs = outputsOf(indicator, parameters, stillCandles(warmUp + 400, PRICE, VOLUME))
      for (const [i, column] of outputs.entries()) {
        const expected = STILL[indicator.name]?.[i] ?? usual
        for (const value of column.subarray(warmUp)) {
          assert.ok(
            Math.abs(value - expected) <= ROUNDING * Math.max(expected, 1),
            `${value}, not ${expected}`,
          )
        }
      }
    })

    it('has a value where nothing is traded', () => {
      const parameters = scaledParameters(indicator, 0.3)
      const still = outputsOf(indicator, parameters, stillCandles(200, PRICE, 0))
      const quiet = { ...candles, volume: new Float64Array(600) }
      for (const column of [...still, ...outputsOf(indicator, parameters, quiet)]) {
        assert.equal(column.subarray(indicator.warmUp(parameters)).every(Number.isFinite), true)
      }
    })

    it('begins anew after each gap, as if there had been nothing before', () => {
      const parameters = scaledParameters(indicator, 0.3)
      for (const gap of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const inputs = inputsOf(indicator, candles).map((column) => column.slice())
        for (const bar of [0, 1, 300, 302]) for (const column of inputs) column[bar] = gap
        const outputs = applyIndicator(indicator, inputs, parameters)
        for (const [from, to] of [
          [2, 300],
          [301, 302],
          [303, 600],
        ] as const) {
          const alone = applyIndicator(indicator, cut(inputs, from, to), parameters)
          assertSame(cut(outputs, from, to), alone, `${from} to ${to}`)
        }
        for (const column of outputs) assert.ok([0, 1, 300, 302].every((bar) => Number.isNaN(column[bar])))
      }
    })

    it('takes no bar and one bar', () => {
      for (const parameters of parameterSets(indicator)) {
        for (const bars of [0, 1]) {
          const outputs = outputsOf(indicator, parameters, sliceCandles(candles, 0, bars))
          assert.equal(outputs.length, indicator.outputs.length)
          for (const column of outputs) assert.equal(column.length, bars)
        }
      }
    })

    it('writes each value from its warm-up on, whatever the memory held before', () => {
      class UsedMemory extends ColumnMemory {
        override numbers(length: number): Float64Array {
          return new Float64Array(length).fill(PRICE)
        }
      }
      const inputs = inputsOf(indicator, candles).map((column) => column.slice())
      for (const bar of [0, 300]) for (const column of inputs) column[bar] = Number.NaN
      for (const parameters of parameterSets(indicator)) {
        const applying = { memory: new UsedMemory(), hasGap: () => true }
        const outputs = applyIndicator(indicator, inputs, parameters, applying)
        assertSame(outputs, applyIndicator(indicator, inputs, parameters), 'outputs')
      }
    })

    it('reads columns in shared memory, and leaves them as they are', () => {
      const inputs = inputsOf(indicator, candles)
      const shared = inputs.map((column) => new Float64Array(new SharedArrayBuffer(column.byteLength)))
      for (const [i, column] of inputs.entries()) shared[i]?.set(column)
      const parameters = usualParameters(indicator)
      const outputs = applyIndicator(indicator, shared, parameters)
      assertSame(outputs, applyIndicator(indicator, inputs, parameters), 'outputs')
      for (const [i, column] of inputs.entries()) assert.deepEqual([...(shared[i] ?? [])], [...column])
    })
  })
}

/** Two years of hours: more than any indicator below needs to settle. */
const history = madeCandles({ seed: 11, bars: 100_000 })
const LATER = 333

describe('once it has settled, the start of the data moves no value of', () => {
  for (const indicator of INDICATORS) {
    const parameters = scaledParameters(indicator, 0.6)
    const settled = indicator.warmUp(parameters) + indicator.settle(parameters)
    if (settled === Number.POSITIVE_INFINITY) continue
    it(indicator.name, () => {
      const bars = Math.min(settled + LATER + 1_000, 100_000)
      const whole = outputsOf(indicator, parameters, sliceCandles(history, 0, bars))
      const later = outputsOf(indicator, parameters, sliceCandles(history, LATER, bars))
      for (const [i, column] of later.entries()) {
        const from = LATER + settled
        const known = (whole[i] ?? column).subarray(from)
        const scale = known.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
        assert.ok(known.length >= 100)
        for (const [bar, value] of known.entries()) {
          assert.ok(Math.abs(value - (column[settled + bar] ?? 0)) <= 1e-9 * scale, `bar ${from + bar}`)
        }
      }
    })
  }
})
