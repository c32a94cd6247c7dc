import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reportTradesOf, risingCandles, REPORT_START as START, tradeOf } from '../../../test/report.ts'
import { memoryTable } from '../tables/columnar-table.ts'
import { bucketCandles } from './candle-buckets.ts'
import { linePath, rangeOf, scaleOf, valueScale } from './chart.ts'
import { drawdownPicture, equityPicture, pricePicture, profitsPicture } from './pictures.ts'
import { showCurve } from './shown-curve.ts'
import { showPrices } from './shown-prices.ts'
import { logTicks, roundTicks, timeTicks } from './ticks.ts'

const DAY = 86_400_000
const YEAR = 365 * DAY

describe('a scale', () => {
  it('places values between its ends, a single one in the middle', () => {
    assert.equal(scaleOf(10, 20, 0, 100).place(15), 50)
    assert.equal(scaleOf(10, 10, 0, 100).place(10), 50)
  })

  it('shows equal growth as equal steps when it is logarithmic', () => {
    const { place } = scaleOf(1, 100, 0, 100, true)
    assert.equal(place(10), 50)
  })

  it('is logarithmic where values grew manifold and stay above zero, and leaves room around them', () => {
    assert.ok(valueScale({ low: 1, high: 10 }, 100).isLog)
    assert.ok(!valueScale({ low: -1, high: 10 }, 100).isLog)
    const { from, to, isLog } = valueScale({ low: 100, high: 200 }, 100)
    assert.deepEqual([from, to, isLog], [95, 205, false])
    const single = valueScale({ low: 0, high: 0 }, 100)
    assert.ok(single.from < 0 && single.to > 0)
  })

  it('leaves values out that are no number', () => {
    assert.deepEqual(rangeOf([Float64Array.of(Number.NaN, 1, 2)]), { low: 1, high: 2 })
  })
})

describe('ticks', () => {
  it('are round numbers, and none is a negative zero', () => {
    assert.deepEqual(roundTicks(0, 10), [0, 2, 4, 6, 8, 10])
    assert.deepEqual(roundTicks(93, 117), [95, 100, 105, 110, 115])
    assert.ok(roundTicks(-10, 10).every((tick) => !Object.is(tick, -0)))
  })

  it('are 1, 2, 5 of each power on a logarithmic scale, and powers alone over many of them', () => {
    assert.deepEqual(logTicks(900, 22_000), [1_000, 2_000, 5_000, 10_000, 20_000])
    assert.deepEqual(logTicks(1, 10_000), [1, 10, 100, 1_000, 10_000])
  })

  it('are full minutes, hours, days, months or years of UTC, never more than eight', () => {
    const labels = (span: number) => timeTicks(START, START + span).map(({ label }) => label)
    assert.deepEqual(labels(3 * 60_000), ['30 Nov', '00:01', '00:02', '00:03'])
    assert.deepEqual(labels(DAY).slice(0, 2), ['30 Nov', '04:00'])
    assert.deepEqual(labels(5 * DAY).slice(0, 2), ['30 Nov', '1 Dec'])
    assert.deepEqual(labels(200 * DAY).slice(0, 2), ['Dec 2024', '2025'])
    assert.deepEqual(labels(4 * YEAR).slice(0, 2), ['2025', '2026'])
    assert.deepEqual(labels(90 * YEAR).slice(0, 2), ['2040', '2060'])
    for (const span of [1, 7, 40, 100, 300, 1_000, 5_000, 40_000]) assert.ok(labels(span * DAY).length <= 8)
  })

  it('name the day where there is but one moment', () => {
    assert.deepEqual(timeTicks(START, START), [{ time: START, label: '2024-11-30' }])
  })
})

describe('a line', () => {
  it('goes through its points', () => {
    const scale = scaleOf(0, 10, 0, 10)
    assert.equal(linePath(Float64Array.of(0, 10), Float64Array.of(1, 2.25), scale, scale), 'M0 1L10 2.3')
  })
})

describe('many candles', () => {
  it('are made into few that show the same', async () => {
    const few = await bucketCandles(risingCandles(5), 3)
    assert.deepEqual([...few.timestamp], [START, START + 2 * DAY, START + 4 * DAY])
    assert.deepEqual(
      [few.open[0], few.high[0], few.low[0], few.close[0], few.volume[0]],
      [100, 104, 98, 100, 2],
    )
  })
})

const pricesOf = (bars: number, candles = risingCandles(bars)) => showPrices({ candles, length: DAY }, 420)

/** What stands at the axis of values. */
const labelsOf = (picture: string) => [...picture.matchAll(/dy="\.32em">([^<]*)</g)].map(([, label]) => label)

describe('a picture of prices', () => {
  it('shows candles that rise and fall, and each trade with its side and outcome', async () => {
    const trades = [tradeOf(), tradeOf({ side: 'short', netProfit: -1 })]
    const picture = pricePicture(await pricesOf(10), trades, { label: 'BTC' })
    for (const part of [
      'body rise',
      'body fall',
      '"#long"',
      '"#short"',
      'exit won',
      'exit lost',
      'held won',
    ]) {
      assert.ok(picture.includes(part), part)
    }
  })

  it('has no marks where they would hide the price', async () => {
    const picture = pricePicture(await pricesOf(10), Array(121).fill(tradeOf()), { label: 'BTC' })
    assert.ok(!picture.includes('"#long"'))
  })

  it('is as large for hundreds of thousands of candles as for a few hundred', async () => {
    const size = async (bars: number) => pricePicture(await pricesOf(bars), [], { label: 'BTC' }).length
    assert.ok((await size(200_000)) < 1.5 * (await size(400)))
  })

  it('is not squeezed by one price far off, unless a trade was made at it', async () => {
    const candles = risingCandles(10)
    candles.low[4] = 0.01
    const prices = await pricesOf(10, candles)
    const far = (labels: (string | undefined)[]) => labels.some((label) => Number(label) < 50)
    assert.ok(!far(labelsOf(pricePicture(prices, [], { label: 'BTC' }))))
    assert.ok(far(labelsOf(pricePicture(prices, [tradeOf({ entryPrice: 0.01 })], { label: 'BTC' }))))
  })
})

const curveOf = (...values: number[]) => {
  const equity = Float64Array.from(values)
  const time = equity.map((_, at) => START + at * DAY)
  return showCurve(memoryTable({ time, equity, buyAndHold: equity }), 100)
}

describe('pictures of equity and drawdown', () => {
  it('show a run of one day', async () => {
    assert.match(equityPicture(await curveOf(100), 100, null), /^<svg/)
    assert.match(drawdownPicture(await curveOf(100)), /^<svg/)
  })

  it('keep the deepest point of a curve of which many points are left out', async () => {
    const values = Array.from({ length: 100_000 }, (_, at) => (at === 77_777 ? 40 : 100 + (at % 3)))
    const picture = drawdownPicture(await curveOf(...values))
    assert.ok(labelsOf(picture).includes('-60 %'))
    assert.ok(picture.length < 40_000)
    const x = 77_777 / 99_999
    assert.ok(picture.includes(`L${Math.round(x * 10_000) / 10} `))
  })

  it('say where the strategy was no longer fitted, and that an axis is logarithmic', async () => {
    assert.ok(equityPicture(await curveOf(100, 110), 100, START + DAY).includes('out of sample'))
    assert.ok(!equityPicture(await curveOf(100, 110), 100, null).includes('logarithmic'))
    assert.ok(equityPicture(await curveOf(100, 400), 100, null).includes('logarithmic'))
    assert.deepEqual(labelsOf(equityPicture(await curveOf(100, 4_000), 100, null)), [
      '100',
      '200',
      '500',
      '1,000',
      '2,000',
    ])
  })
})

describe('the picture of profits', () => {
  it('has a bar up and a bar down for each stretch of time in which trades ended', async () => {
    const trades = [tradeOf(), tradeOf({ netProfit: -5 }), tradeOf({ exitTime: START + 10 * DAY })]
    const { profits } = await reportTradesOf(trades, { from: START, to: START + 10 * DAY })
    const picture = profitsPicture(profits)
    const bars = (outcome: string) =>
      new RegExp(`class="${outcome}" d="([^"]*)"`).exec(picture)?.[1]?.match(/M/g)?.length
    assert.deepEqual([bars('won'), bars('lost')], [2, 1])
  })
})
