import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { candlesOf, someBars, walk } from '../../../test/strategies/bars.ts'
import { entering, strategy } from '../../../test/strategies/documents.ts'
import { typedExpressions } from '../../../test/strategies/expressions.ts'
import type { Candles } from '../../market-data/candles.ts'
import { checkStrategy } from './check-strategy.ts'
import { createColumnCache } from './column-cache.ts'
import { evaluateGraph } from './evaluate-graph.ts'
import { fusedLoop } from './fused-loop.ts'
import { fusionOf, hasColumn } from './fusion.ts'
import type { Plan } from './plan.ts'
import { printExpression } from './printer.ts'

const NUMBER_OF_RUNS = process.env.LONG === '1' ? 20_000 : 400

function planOf(document: unknown): Plan {
  const { plan, diagnostics } = checkStrategy(document)
  assert.ok(plan !== null, JSON.stringify(diagnostics))
  return plan
}

/** Every column that a fused evaluation made, beside the same one made by itself. */
function assertSame(plan: Plan, candles: Candles, caches: boolean) {
  const cache = createColumnCache(candles, caches ? undefined : 0)
  const fused = evaluateGraph(plan, candles, { cache, fusesFrom: 0 })
  const plain = evaluateGraph(plan, candles, { keepsAll: true })
  assert.equal(fused.ready, plain.ready)
  for (const [node, column] of fused.columns.entries()) {
    if (column === null) continue
    const { length } = plan.graph[node]?.operation === 'constant' ? column : candles.timestamp
    const other = plain.columns[node] as Float64Array
    // Every NaN is one.
    for (let bar = 0; bar < length; bar++) assert.ok(Object.is(column[bar], other[bar]), `${node} at ${bar}`)
  }
}

function groupSizes(entry: string): number[] {
  const { groups, heads } = fusionOf(planOf(entering(entry)), { recurs: true })
  return groups.filter((_, node) => hasColumn(heads, node)).map(({ length }) => length)
}

const averages = (count: number) => Array.from({ length: count }, (_, index) => `sma(close, ${index + 2})`)

describe('what is computed in one loop', () => {
  it('comes to the same, to the bit, as one loop for each operation', () => {
    const { number, condition } = typedExpressions(
      { position: true, timeframes: true },
      { numbers: [], conditions: [] },
    )
    fc.assert(
      fc.property(condition, condition, number, someBars('1h', 60), fc.boolean(), (a, b, c, bars, caches) => {
        const document = strategy({
          parameters: {
            bars: { default: 2, min: 1, max: 5, step: 1 },
            factor: { default: 0.5, min: 0, max: 3, step: 0.5 },
            flag: { default: true },
          },
          long: { entry: 'close > open', exit: printExpression(a) },
          short: { entry: 'close < open', exit: `(${printExpression(b)}) and ema(close, 3) > rma(close, 4)` },
          risk: { max_bars: 3 },
        })
        const { plan } = checkStrategy({ ...document, rank: printExpression(c) })
        if (plan) assertSame(plan, candlesOf(bars), caches)
      }),
      { numRuns: NUMBER_OF_RUNS },
    )
  })

  it('begins averages at their seeds, also where the data ends before, has a gap or stands still', () => {
    const rule =
      'ema(close, 5) > rma(close, 7) and rsi(close, 6) < 70 or (ema(close, 3) > ema(open, 3))@4h and rsi(low) > 1'
    const plan = planOf(strategy({ long: { entry: rule, exit: 'ema(close, 5) < rma(close, 7)' } }))
    for (let bars = 0; bars < 40; bars++) assertSame(plan, candlesOf(walk(bars, '1h')), false)
    const still = candlesOf(walk(40, '1h'))
    still.close.fill(7)
    assertSame(plan, still, false)
    const torn = candlesOf(walk(40, '1h'))
    torn.close[20] = Number.NaN
    assertSame(plan, torn, false)
  })

  it('is a whole rule, with the averages that it reads', () => {
    assert.equal(Math.max(...groupSizes('ema(close, 12) > ema(close, 26) and rsi(close, 14) < 70')), 6)
    // Averages of something else than candles have columns.
    assert.equal(Math.max(...groupSizes('ema(close * 2, 12) > 1')), 1)
  })

  it('is bounded in what it reads and computes', () => {
    const sums = groupSizes(`${averages(40).join(' + ')} > 1`)
    assert.ok(sums.filter((size) => size > 1).length > 3)
    const chain = Array.from({ length: 60 }, (_, index) => `(close > ${index} or open < ${index})`).join(
      ' and ',
    )
    assert.ok(Math.max(...groupSizes(chain)) <= 24)
    assertSame(planOf(entering(chain)), candlesOf(walk(30, '1h')), false)
    assertSame(planOf(entering(`${averages(40).join(' + ')} > 1`)), candlesOf(walk(90, '1h')), false)
  })

  it('is code that holds nothing a user wrote, and is compiled once for all that look alike', () => {
    const loopOf = (entry: string) => {
      const { graph, long } = planOf(entering(entry))
      const { groups } = fusionOf(planOf(entering(entry)), { recurs: true })
      return fusedLoop(graph, groups[long?.entry as number] as number[]).run
    }
    const [one, other] = [loopOf('close * 2 > 7777'), loopOf('open * 3 > 8888')]
    assert.equal(one, other)
    assert.doesNotMatch(String(one), /7777|close/)
    // So many shapes that the first is forgotten.
    for (let shape = 1; shape < 300; shape++) {
      const terms = Array.from({ length: 8 }, (_, bit) => ((shape >> bit) & 1 ? 'close' : '-close')).join(
        ' + ',
      )
      loopOf(`${terms} + ${shape > 255 ? 'close' : 'open'} > 1`)
    }
    assert.notEqual(loopOf('close * 2 > 7777'), one)
  })
})
