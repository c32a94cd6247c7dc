import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Trade } from '../../engine/outcome.ts'
import { emptyCandles } from '../../market-data/candles.ts'
import { bucketCandles } from './candle-buckets.ts'
import { linePath, rangeOf, roundTicks, scaleOf, timeTicks } from './chart.ts'
import { monthlyReturns } from './monthly-returns.ts'
import { duration, metricText } from './number-texts.ts'
import { drawdownPicture, equityPicture, pricePicture } from './pictures.ts'
import { type ReportData, reportPage } from './report-page.ts'

const DAY = 86_400_000
const START = Date.UTC(2024, 10, 30)

function tradeOf(changes: Partial<Trade> = {}): Trade {
  return {
    market: 0,
    side: 'long',
    signalTime: START,
    entryTime: START,
    entryPrice: 100,
    quantity: 1,
    exitTime: START + DAY,
    exitPrice: 101,
    exitReason: 'exit_rule',
    grossProfit: 1,
    fees: 0,
    funding: 0,
    netProfit: 1,
    bars: 1,
    maxFavourable: 0,
    maxAdverse: 0,
    sizeClipped: false,
    acrossGap: false,
    ...changes,
  }
}

function candlesOf(bars: number) {
  const candles = emptyCandles(bars)
  for (let bar = 0; bar < bars; bar++) {
    candles.timestamp[bar] = START + bar * DAY
    candles.open[bar] = 100 + bar
    candles.high[bar] = 103 + bar
    candles.low[bar] = 98 + bar
    candles.close[bar] = bar % 2 === 0 ? 102 + bar : 99 + bar
    candles.volume[bar] = 1
  }
  return candles
}

describe('a chart', () => {
  it('places values on its scale, a single one in the middle', () => {
    assert.equal(scaleOf(10, 20, 0, 100).place(15), 50)
    assert.equal(scaleOf(10, 10, 0, 100).place(10), 50)
  })

  it('leaves room above and below, also around a single value', () => {
    assert.deepEqual(rangeOf([Float64Array.of(100, 200)], 0.1), { low: 90, high: 210 })
    assert.deepEqual(rangeOf([Float64Array.of(100)], 0.1), { low: 90, high: 110 })
  })

  it('has round ticks, and times at whole days or minutes', () => {
    assert.deepEqual(roundTicks(0, 10), [0, 2, 4, 6, 8, 10])
    assert.deepEqual(roundTicks(93, 117), [95, 100, 105, 110, 115])
    const [first, second] = timeTicks(START, START + 60 * DAY)
    assert.match(first?.label ?? '', /^2024-12-\d\d$/)
    assert.equal((second?.time as number) - (first?.time as number), 10 * DAY)
    assert.equal(timeTicks(START, START + DAY)[0]?.label, '11-30 00:00')
    assert.deepEqual(timeTicks(START, START), [{ time: START, label: '2024-11-30' }])
  })

  it('draws a line through its points', () => {
    const scale = scaleOf(0, 10, 0, 10)
    assert.equal(linePath(Float64Array.of(0, 10), Float64Array.of(1, 2), scale, scale), 'M0.0 1.0L10.0 2.0')
  })
})

describe('many candles', () => {
  it('are made into few that show the same', () => {
    const few = bucketCandles(candlesOf(5), 3)
    assert.deepEqual([...few.timestamp], [START, START + 2 * DAY, START + 4 * DAY])
    assert.deepEqual(
      [few.open[0], few.high[0], few.low[0], few.close[0], few.volume[0]],
      [100, 104, 98, 100, 2],
    )
  })
})

describe('monthly returns', () => {
  it('are those of calendar months and years, the first against the initial capital', () => {
    const day = Float64Array.of(START, START + DAY, START + 31 * DAY, START + 33 * DAY)
    const equity = Float64Array.of(110, 121, 121, 60.5)
    const returns = monthlyReturns({ day, equity, buyAndHold: equity }, 100)
    assert.deepEqual(
      returns.map(({ year }) => year),
      [2024, 2025],
    )
    const close = (actual: number | null | undefined, expected: number) =>
      assert.ok(Math.abs((actual as number) - expected) < 1e-12, `${actual}`)
    close(returns[0]?.months[10], 0.1)
    close(returns[0]?.months[11], 0.1)
    close(returns[0]?.total, 0.21)
    close(returns[1]?.months[0], -0.5)
    assert.equal(returns[0]?.months[0], null)
  })
})

describe('figures', () => {
  it('are written with their unit, a missing one as a dash', () => {
    assert.equal(metricText(0.12345, 'fraction'), '12.35 %')
    assert.equal(metricText(1_234.5, 'money'), '1,234.5')
    assert.equal(metricText(90_061_000, 'milliseconds'), '1 d 1 h')
    assert.equal(metricText(null, 'ratio'), '–')
    assert.equal(duration(0), '0 s')
    assert.equal(duration(61_000), '1 min 1 s')
  })
})

describe('pictures', () => {
  it('show candles that rise and fall, and each trade with its side and outcome', () => {
    const trades = [tradeOf(), tradeOf({ side: 'short', netProfit: -1 })]
    const picture = pricePicture(candlesOf(10), trades, 'BTC')
    for (const part of ['body rise', 'body fall', 'entry long', 'entry short', 'exit won', 'exit lost'])
      assert.ok(picture.includes(part), part)
  })

  it('leave trades out where they would hide the price', () => {
    assert.ok(!pricePicture(candlesOf(10), Array(601).fill(tradeOf()), 'BTC').includes('entry long'))
  })

  it('show a run of one day', () => {
    const curve = {
      day: Float64Array.of(START),
      equity: Float64Array.of(100),
      buyAndHold: Float64Array.of(100),
    }
    assert.match(equityPicture(curve), /^<svg/)
    assert.match(drawdownPicture(curve, 100), /^<svg/)
  })
})

describe('the page', () => {
  const metrics = { total_return: 0.1, sharpe: 1 }
  const data = {
    detail: {
      id: 'a',
      strategy_id: 'b',
      version: 1,
      name: 'Name',
      note: '',
      is_favourite: false,
      state: 'succeeded',
      progress: { bars_done: 1, bars_total: 1 },
      error: null,
      run_id: 'c',
      metrics,
      created_at: '',
      started_at: null,
      finished_at: null,
      instruments: [
        { exchange: 'made', symbol: 'UP', dataset_id: 'd', is_synthetic: true, series: '1d', rows_hash: 'e' },
      ],
      settings: { from: '2024-11-30T00:00:00.000Z', to: '2024-12-30T00:00:00.000Z' },
      result: {
        metrics,
        in_sample: null,
        out_of_sample: null,
        warnings: [{ code: 'gaps', message: '3 bars are missing' }],
        ambiguous_bars: 4,
        resolved_bars: 1,
        scenarios: { worst: { metrics: { total_return: -0.05 } }, best: { metrics: { total_return: 0.2 } } },
        trades_hash: 'f',
        equity_hash: 'g',
      },
    },
    initialCapital: 100,
    daily: { day: Float64Array.of(START), equity: Float64Array.of(90), buyAndHold: Float64Array.of(100) },
    markets: [{ id: 'made UP', candles: candlesOf(3), trades: Array(601).fill(tradeOf()) }],
  }

  it('says what a reader has to know: synthetic data, gaps, and what other paths had come to', () => {
    const page = reportPage(data as unknown as ReportData)
    for (const part of [
      'UP is synthetic data',
      '3 bars are missing',
      'In 4 bars the order',
      '-5 %',
      '20 %',
      '601 trades: too many',
    ]) {
      assert.ok(page.includes(part), part)
    }
  })
})
