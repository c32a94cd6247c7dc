import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { candlesOf, someBars, walk } from '../../../test/strategies/bars.ts'
import { truth, typedExpressions } from '../../../test/strategies/expressions.ts'
import { type Bar, valueAt, type World } from '../../../test/strategies/interpreter.ts'
import { sliceCandles } from '../../market-data/candles.ts'
import type { PositionValues, Signals } from '../signals.ts'
import { checkStrategy } from './check-strategy.ts'
import { evaluatePlan } from './evaluate-plan.ts'
import { explainRules } from './explain-rule.ts'
import type { Expression } from './expression.ts'
import type { Plan } from './plan.ts'
import { printExpression } from './printer.ts'

const NUMBER_OF_RUNS = process.env.LONG === '1' ? 20_000 : 400

const seriesFree = typedExpressions({ position: false, timeframes: true }, { numbers: [], conditions: [] })
const known = { numbers: ['x'], conditions: ['c'] }
const free = typedExpressions({ position: false, timeframes: true }, known)
const exits = typedExpressions({ position: true, timeframes: true }, known)

type Rules = {
  x: Expression
  c: Expression
  entry: Expression
  exit: Expression
  price: Expression
  rank: Expression
}

const rules: fc.Arbitrary<Rules> = fc.record({
  x: seriesFree.number,
  c: seriesFree.condition,
  entry: free.condition,
  exit: exits.condition,
  price: free.number,
  rank: free.number,
})

const parameters = fc.record({
  bars: fc.integer({ min: 1, max: 5 }),
  factor: fc.constantFrom(0, 0.5, 3),
  flag: fc.boolean(),
})
type Parameters = { bars: number; factor: number; flag: boolean }

const position: fc.Arbitrary<PositionValues> = fc.record({
  entryPrice: fc.integer({ min: 1, max: 12 }),
  barsInPosition: fc.nat(5),
  positionReturn: fc.constantFrom(-0.5, 0, 0.5),
  highestSinceEntry: fc.integer({ min: 1, max: 12 }),
  lowestSinceEntry: fc.integer({ min: 1, max: 12 }),
})

function documentOf({ x, c, entry, exit, price, rank }: Rules) {
  return {
    name: 'random',
    timeframe: '1h',
    parameters: {
      bars: { default: 2, min: 1, max: 5, step: 1 },
      factor: { default: 0.5, min: 0, max: 3, step: 0.5 },
      flag: { default: true },
    },
    series: { x: printExpression(x), c: printExpression(c) },
    long: {
      entry: printExpression(entry),
      exit: printExpression(exit),
      order: { type: 'limit', price: printExpression(price) },
    },
    rank: printExpression(rank),
    sizing: { type: 'fixed_quote', value: 100 },
  }
}

function planOf(document: unknown, values: Parameters): Plan {
  const { plan, diagnostics } = checkStrategy(document, values)
  assert.ok(plan !== null, JSON.stringify(diagnostics.filter(({ severity }) => severity === 'error')))
  return plan
}

function worldOf(bars: Bar[], { x, c }: Rules, values: Parameters, held?: PositionValues): World {
  const world: World = { bars, timeframe: '1h', parameters: values, series: { x, c }, memory: new Map() }
  return held === undefined ? world : { ...world, position: held }
}

function isSame(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b))
}

function limitPrice({ long }: Signals): Float64Array {
  assert.ok(long !== null && long.order.type === 'limit')
  return long.order.price
}

function exitAt({ long }: Signals, bar: number, held: PositionValues): boolean {
  const exit = long?.exit
  assert.ok(exit !== null && exit !== undefined)
  return typeof exit === 'function' ? exit(bar, held) : exit[bar] === 1
}

describe('a plan that is evaluated', () => {
  it('says at every bar what an interpreter of the plainest kind says', () => {
    fc.assert(
      fc.property(rules, parameters, someBars('1h'), position, (tree, values, bars, held) => {
        const signals = evaluatePlan(planOf(documentOf(tree), values), candlesOf(bars))
        const world = worldOf(bars, tree, values, held)
        for (let bar = 0; bar < bars.length; bar++) {
          const isReady = bar >= signals.ready
          const entry = isReady && valueAt(world, tree.entry, bar) === true
          assert.equal(signals.long?.entry[bar], entry ? 1 : 0, `entry at ${bar}`)
          assert.equal(
            exitAt(signals, bar, held),
            isReady && valueAt(world, tree.exit, bar) === true,
            `exit at ${bar}`,
          )
          for (const [column, rule] of [
            [limitPrice(signals), tree.price],
            [signals.rank, tree.rank],
          ] as const) {
            const [ours, plain] = [column?.[bar] as number, valueAt(world, rule, bar) as number]
            assert.ok(isSame(ours, plain), `${printExpression(rule)} at ${bar}: ${ours}, not ${plain}`)
          }
        }
      }),
      { numRuns: NUMBER_OF_RUNS },
    )
  })

  it('says the same of the first bars, to the bit, where the others are not there', () => {
    fc.assert(
      fc.property(
        rules,
        parameters,
        someBars('1h', 60),
        fc.nat(60),
        position,
        (tree, values, bars, cut, held) => {
          const plan = planOf(documentOf(tree), values)
          const candles = candlesOf(bars)
          const length = Math.min(cut, bars.length)
          const [whole, part] = [
            evaluatePlan(plan, candles),
            evaluatePlan(plan, sliceCandles(candles, 0, length)),
          ]
          assert.equal(part.ready, Math.min(whole.ready, length))
          assert.deepEqual(part.long?.entry, whole.long?.entry.slice(0, length))
          // As lists of numbers: two typed arrays differ also where two NaN have different bits.
          assert.deepEqual([...limitPrice(part)], [...limitPrice(whole).slice(0, length)])
          assert.deepEqual([...(part.rank ?? [])], [...(whole.rank?.slice(0, length) ?? [])])
          for (let bar = 0; bar < length; bar++)
            assert.equal(exitAt(part, bar, held), exitAt(whole, bar, held))
        },
      ),
      { numRuns: NUMBER_OF_RUNS },
    )
  })

  it('is explained as it is', () => {
    fc.assert(
      fc.property(
        rules,
        parameters,
        someBars('1h', 40),
        fc.nat(39),
        position,
        (tree, values, bars, at, held) => {
          const plan = planOf(documentOf(tree), values)
          const candles = candlesOf(bars)
          const bar = Math.min(at, bars.length - 1)
          const signals = evaluatePlan(plan, candles)
          const [entry, exit, price, rank] = explainRules(plan, candles, bar, held)
          assert.equal(entry?.isReady, bar >= signals.ready)
          assert.equal(signals.long?.entry[bar], entry?.isReady && entry.value === true ? 1 : 0)
          assert.equal(exitAt(signals, bar, held), exit?.isReady && exit.value === true)
          assert.ok(isSame(limitPrice(signals)[bar] as number, Number(price?.value ?? Number.NaN)))
          assert.ok(isSame(signals.rank?.[bar] as number, Number(rank?.value ?? Number.NaN)))
        },
      ),
      { numRuns: NUMBER_OF_RUNS },
    )
  })

  it('is the same, to the bit, wherever the data begins, once its look-back is there', () => {
    const market = walk(400, '1h', 3)
    // Of indicators the seed fades away, or sums are made in another order.
    const isWindowed = (tree: Expression) => !/sma|ema|rsi|atr|macd/.test(printExpression(tree))
    let compared = 0
    fc.assert(
      fc.property(seriesFree.number.filter(isWindowed), parameters, fc.nat(100), (tree, values, first) => {
        const { x, c } = { x: tree, c: truth(true) }
        const plan = planOf(documentOf({ x, c, entry: c, exit: c, price: x, rank: x }), values)
        const whole = evaluatePlan(plan, candlesOf(market)).rank
        const part = evaluatePlan(plan, candlesOf(market.slice(first))).rank
        for (let bar = plan.lookBack; bar < market.length - first; bar++) {
          assert.ok(isSame(part?.[bar] as number, whole?.[bar + first] as number), `${bar} after ${first}`)
          compared += 1
        }
      }),
      { numRuns: NUMBER_OF_RUNS },
    )
    assert.ok(compared > 10_000)
  })
})
