import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RunStopped } from '../../src/engine/control.ts'
import { simulate } from '../../src/engine/simulate.ts'
import { randomRun } from './arbitrary-runs.ts'

describe('a run that is watched', () => {
  const { settings } = randomRun(1)
  const bars = 5_000
  const still = { ...randomRun(1).markets[0] }
  const column = (value: (bar: number) => number) =>
    Float64Array.from({ length: bars }, (_, bar) => value(bar))
  const flat = column(() => 100)
  const market = {
    ...still,
    instrument: {
      id: 'a',
      kind: 'spot',
      priceTick: 0.01,
      quantityStep: 0.01,
      minimumNotional: 0,
      makerFee: 0,
      takerFee: 0,
      maintenanceMarginRate: 0,
    },
    timeframe: '1h',
    candles: {
      timestamp: column((bar) => settings.from + bar * 3_600_000),
      open: flat,
      high: flat,
      low: flat,
      close: flat,
      volume: flat,
    },
    finer: null,
    funding: null,
    signals: {
      ready: 0,
      short: null,
      rank: null,
      long: {
        entry: new Uint8Array(bars).fill(1),
        exit: new Uint8Array(bars).fill(1),
        order: { type: 'market' },
        stopLoss: null,
        takeProfit: [],
        trailingStop: null,
      },
    },
  } as const
  const whole = { ...settings, to: settings.from + bars * 3_600_000 }

  it('tells how far it is, and goes on', () => {
    const told: number[] = []
    const { timestamp } = simulate([market], whole, { goOn: (instants) => told.push(instants) > 0 })
    assert.equal(timestamp.length, bars)
    assert.ok(told.length >= 3, `${told}`)
    assert.deepEqual(
      told,
      [...told].sort((a, b) => a - b),
    )
  })

  it('tells so too where it passes over many bars at once', () => {
    const count = 600_000
    const still = new Float64Array(count).fill(100)
    const candles = {
      timestamp: Float64Array.from({ length: count }, (_, bar) => settings.from + bar * 60_000),
      ...{ open: still, high: still, low: still, close: still, volume: still },
    }
    const entry = new Uint8Array(count)
    const quiet = {
      ...market,
      timeframe: '1m',
      candles,
      signals: { ...market.signals, long: { ...market.signals.long, entry } },
    } as const
    const told: number[] = []
    const to = settings.from + count * 60_000
    const limits = {
      ...settings.limits,
      breakEvenAtPercent: null,
      dailyLossPercent: null,
      maxDrawdownPercent: null,
    }
    const run = {
      ...settings,
      to,
      path: 'worst_case',
      limits,
      slippage: { type: 'percent', value: 0 },
    } as const
    simulate([quiet], run, { goOn: (instants) => told.push(instants) > 0 })
    assert.ok(told.length >= 2 && told.length < 10, `${told}`)
    const held = entry.slice()
    held[1] = 1
    const buying = {
      ...quiet,
      signals: { ...quiet.signals, long: { ...quiet.signals.long, entry: held, exit: null } },
    }
    const { equity } = simulate([buying], run)
    assert.equal(equity.at(-1), settings.initialCapital)
  })

  it('stops where it is told to', () => {
    assert.throws(() => simulate([market], whole, { goOn: () => false }), RunStopped)
  })
})
