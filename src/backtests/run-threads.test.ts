import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { withBudget } from '../../test/work.ts'
import { RunStopped } from '../engine/control.ts'
import { emptyCandles } from '../market-data/candles.ts'
import { checkStrategy } from '../strategies/language/check-strategy.ts'
import type { Plan } from '../strategies/language/plan.ts'
import type { RunInput } from './run-input.ts'
import { openRunThreads } from './run-threads.ts'

const MINUTE = 60_000
const threads = openRunThreads(1, false)
after(() => threads.close())

function planOf(entry: string, exit: string): Plan {
  const { plan } = checkStrategy({
    name: 'Busy',
    timeframe: '1m',
    long: { entry, exit },
    sizing: { type: 'fixed_quantity', value: 1 },
  })
  assert.ok(plan)
  return plan
}

/** Bars of one price. */
function inputOf(plan: Plan, bars: number): RunInput {
  const candles = emptyCandles(bars)
  for (let bar = 0; bar < bars; bar++) candles.timestamp[bar] = bar * MINUTE
  for (const column of ['open', 'high', 'low', 'close'] as const) candles[column].fill(100)
  return {
    plan,
    timeframe: '1m',
    markets: [
      {
        instrument: {
          id: 'still',
          kind: 'spot',
          priceTick: 0.01,
          quantityStep: 0.01,
          minimumNotional: 0,
          makerFee: 0,
          takerFee: 0,
          maintenanceMarginRate: 0,
        },
        candles,
        finer: null,
        funding: null,
      },
    ],
    settings: {
      from: 0,
      to: bars * MINUTE,
      initialCapital: 1_000,
      slippage: { type: 'percent', value: 0 },
      leverage: 1,
      path: 'worst_case',
      limitFill: 'through',
      closeAtEnd: 'close',
      sizing: plan.sizing,
      limits: plan.limits,
    },
    measure: { periodsPerYear: 365, fromOutOfSample: null, maxGap: null },
  }
}

describe('a run in a thread', () => {
  it('that is told to stop while it simulates stops by itself', async () => {
    const stop = new AbortController()
    const input = inputOf(planOf('close > 0', 'bars_in_position >= 0'), 1_000_000)
    let stopped: unknown
    const run = withBudget(async (budget) => {
      const result = threads.run(budget, input, (instants) => {
        if (instants > 0) stop.abort()
      })
      await result.catch((error: unknown) => {
        stopped = error
      })
    }, stop.signal)
    await run
    assert.equal((stopped as Error).message, new RunStopped().message)
  })

  it('that does not stop is ended, and the next one runs', async () => {
    const stop = new AbortController()
    const slow = Array.from(
      { length: 24 },
      (_, at) => `linear_reg(close, ${100 + at}) > percentile(close, 400, ${at + 1})`,
    )
    const input = inputOf(planOf(slow.join(' or '), 'close < 0'), 1_000_000)
    const run = withBudget((budget) => threads.run(budget, input, () => stop.abort()), stop.signal)
    await assert.rejects(run, { name: 'AbortError' })
    const next = await withBudget((budget) =>
      threads.run(budget, inputOf(planOf('close > 0', 'close < 0'), 100)),
    )
    assert.equal(next.bars, 100)
  })

  it('is not begun where it was stopped before', async () => {
    const stop = new AbortController()
    const late = withBudget((budget) => {
      stop.abort()
      return threads.run(budget, inputOf(planOf('close > 0', 'close < 0'), 100))
    }, stop.signal)
    await assert.rejects(late, { name: 'AbortError' })
  })
})
