import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { sliceCandles } from '../../src/market-data/candles.ts'
import { arbitrarySeed, type RandomRun, randomRun } from './arbitrary-runs.ts'
import { referenceSimulate } from './reference-simulator.ts'
import { type PlainOutcome, simulateRows } from './rows.ts'

/** `ENGINE_RUNS=100000` for a long form. */
const RUNS = Number(process.env.ENGINE_RUNS ?? '2000')
const params = { numRuns: RUNS }

/** Equal to some parts in 10¹² of the money that was moved: sums in another order. */
function assertClose(actual: number, expected: number, scale: number, what: string) {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * scale, `${what}: ${actual}, expected ${expected}`)
}

function movedMoney({ fills }: PlainOutcome, { settings }: RandomRun): number {
  return fills.reduce((sum, { price, quantity }) => sum + price * quantity, settings.initialCapital)
}

describe('the engine', () => {
  it('says the same as a second engine in the plainest code, to the last bit', () => {
    fc.assert(
      fc.property(arbitrarySeed, (seed) => {
        const { markets, settings } = randomRun(seed)
        assert.deepEqual(simulateRows(markets, settings), referenceSimulate(markets, settings))
      }),
      params,
    )
  })

  it('explains every change of equity by trades', () => {
    fc.assert(
      fc.property(arbitrarySeed, (seed) => {
        const run = randomRun(seed)
        const outcome = simulateRows(run.markets, run.settings)
        const profit = [...outcome.trades, ...outcome.openTrades].reduce(
          (sum, { netProfit }) => sum + netProfit,
          0,
        )
        const last = outcome.equity.at(-1) ?? run.settings.initialCapital
        assertClose(last, run.settings.initialCapital + profit, movedMoney(outcome, run), 'last equity')
      }),
      params,
    )
  })

  it('charges each fee to exactly one trade', () => {
    fc.assert(
      fc.property(arbitrarySeed, (seed) => {
        const run = randomRun(seed)
        const outcome = simulateRows(run.markets, run.settings)
        const all = [...outcome.trades, ...outcome.openTrades]
        const fees = all.map(() => 0)
        for (const { trade, fee } of outcome.fills) fees[trade] = (fees[trade] ?? 0) + fee
        const scale = movedMoney(outcome, run)
        all.forEach(
          (trade, at) => void assertClose(trade.fees, fees[at] as number, scale, `fees of trade ${at}`),
        )
      }),
      params,
    )
  })

  it('never loses more on a contract than its margin, its fees and the funding it received', () => {
    fc.assert(
      fc.property(arbitrarySeed, (seed) => {
        const run = randomRun(seed)
        const outcome = simulateRows(run.markets, run.settings)
        for (const trade of outcome.trades) {
          if (run.markets[trade.market]?.instrument.kind !== 'linear') continue
          const margin = (trade.quantity * trade.entryPrice) / run.settings.leverage
          const scale = movedMoney(outcome, run)
          assert.ok(trade.netProfit >= -margin - trade.fees - 1e-9 * scale, `${trade.netProfit} of ${margin}`)
        }
      }),
      params,
    )
  })

  it('changes nothing before a bar at which the data is cut', () => {
    const property = fc.property(arbitrarySeed, fc.double({ min: 0, max: 1, noNaN: true }), (seed, share) => {
      const { markets, settings } = randomRun(seed)
      const open = { ...settings, closeAtEnd: 'none' as const }
      const whole = simulateRows(markets, open)
      const cut = whole.timestamp[Math.floor(share * whole.timestamp.length)]
      if (cut === undefined) return
      const earlier = markets.map((market) => {
        const bars = market.candles.timestamp.filter((time) => time < cut).length
        const finer = market.finer
        return {
          ...market,
          candles: sliceCandles(market.candles, 0, bars),
          finer: finer && sliceCandles(finer, 0, finer.timestamp.filter((time) => time < cut).length),
        }
      })
      const part = simulateRows(earlier, open)
      assert.deepEqual(part.equity, whole.equity.subarray(0, part.equity.length))
      assert.deepEqual(
        part.fills.map(({ trade, ...fill }) => fill),
        whole.fills.filter(({ time }) => time < cut).map(({ trade, ...fill }) => fill),
      )
      assert.deepEqual(part.trades, whole.trades.slice(0, part.trades.length))
    })
    fc.assert(property, params)
  })
})
