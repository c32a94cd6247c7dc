import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { reportData, REPORT_START as START, tradeOf } from '../../../test/report.ts'
import { METRICS } from '../../engine/metrics/catalogue.ts'
import { memoryTable } from '../tables/columnar-table.ts'
import { METRIC_GROUPS } from './metric-tables.ts'
import { monthlyReturns } from './monthly-returns.ts'
import { monthsTable } from './months-table.ts'
import { axisText, duration, metricText, shortPercent, timeText } from './number-texts.ts'
import { currencyOf, reportPage } from './report-page.ts'

const DAY = 86_400_000
const metrics = { total_return: 0.1, sharpe: 1 }

function includesAll(page: string, parts: string[]): void {
  for (const part of parts) assert.ok(page.includes(part), part)
}

describe('monthly returns', () => {
  it('are those of calendar months and years, the first against the initial capital', async () => {
    const day = Float64Array.of(START, START + DAY, START + 31 * DAY, START + 33 * DAY)
    const equity = Float64Array.of(110, 121, 121, 60.5)
    const returns = await monthlyReturns(memoryTable({ time: day, equity, buyAndHold: equity }), 100)
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

  it('are a table in which gains, losses and months without either differ', async () => {
    const day = Float64Array.of(START, START + DAY, START + 40 * DAY)
    const equity = Float64Array.of(110, 99, 99)
    const daily = memoryTable({ time: day, equity, buyAndHold: equity })
    const table = monthsTable(await monthlyReturns(daily, 100))
    assert.match(table, /<td style="[^"]*--rise\)[^"]*">10<\/td>/)
    assert.match(table, /<td style="[^"]*--fall\)[^"]*">-10<\/td>/)
    assert.match(table, /<td class="none">0<\/td>/)
  })
})

describe('figures', () => {
  it('are written with their unit, a missing one as a dash', () => {
    assert.equal(metricText(0.12345, 'fraction'), '12.35 %')
    assert.equal(metricText(1_234.5, 'money'), '1,234.50')
    assert.equal(metricText(1_234.5, 'money', 'USDT'), '1,234.50 USDT')
    assert.equal(metricText(4, 'ratio'), '4.00')
    assert.equal(metricText(4, 'count'), '4')
    assert.equal(metricText(90_061_000, 'milliseconds'), '1 d 1 h')
    assert.equal(metricText(null, 'ratio'), '–')
    assert.equal(duration(0), '0 s')
    assert.equal(duration(61_000), '1 min 1 s')
    assert.equal(shortPercent(-0.0001), '0')
    assert.deepEqual([0.25, 12_500, 1_500_000, 2e21, 12_345e20].map(axisText), [
      '0.25',
      '12,500',
      '1.5M',
      '2e+21',
      '1.2e+24',
    ])
    assert.equal(timeText(START), '2024-11-30 00:00')
    assert.equal(timeText(START + 1_000), '2024-11-30 00:00:01')
  })

  it('are in the quote currency where all instruments have the same', () => {
    assert.equal(currencyOf(['BTC/USDT', 'ETH/USDT:USDT']), 'USDT')
    assert.equal(currencyOf(['BTC/USDT', 'ETH/EUR']), '')
    assert.equal(currencyOf(['UP']), '')
  })

  it('stand in one group each', () => {
    assert.deepEqual(
      METRIC_GROUPS.flatMap(([, names]) => names).toSorted(),
      METRICS.map(({ name }) => name).toSorted(),
    )
  })
})

describe('the page', () => {
  it('says what a reader has to know: synthetic data, gaps, ruin, and what other paths had come to', async () => {
    const data = await reportData({
      result: {
        warnings: [{ code: 'gaps', message: '3 bars are missing' }],
        ...{ ambiguous_bars: 4, resolved_bars: 1, ruined_at: '2024-12-24T00:00:00.000Z' },
        scenarios: { worst: { metrics: { total_return: -0.05 } }, best: { metrics: { total_return: 0.2 } } },
        refusals: { min_notional: 7 },
        open_trades: 2,
      },
    })
    Object.assign(data.detail.instruments[0] ?? {}, { is_synthetic: true })
    includesAll(reportPage(data), [
      ...['UP/EUR is synthetic data', '3 bars are missing', 'ruined on 2024-12-24'],
      ...[
        'In 4 bars the order',
        '-5 %',
        '20 %',
        '7 × min notional',
        'Open at the end: 2',
        'There were none.',
      ],
    ])
  })

  it('shows three columns of metrics where the run has halves, and the border between them', async () => {
    const data = await reportData({ result: { in_sample: metrics, out_of_sample: metrics } })
    const page = reportPage({ ...data, fromOutOfSample: START + 10 * DAY })
    includesAll(page, [
      '<th scope="col">In sample</th>',
      '<th scope="col">Out of sample</th>',
      'class="split"',
    ])
  })

  it('shows the best, the worst and the last trade from near, each once', async () => {
    const won = tradeOf({ entryTime: START + 2 * DAY, exitTime: START + 5 * DAY, netProfit: 9 })
    const lost = tradeOf({ entryTime: START + 6 * DAY, exitTime: START + 7 * DAY, netProfit: -9 })
    const page = reportPage(await reportData({ trades: [won, tradeOf(), lost] }))
    includesAll(page, ['Best: 9.00 EUR', 'Worst: -9.00 EUR', 'exit rule'])
    assert.ok(!page.includes('Last:'))
    assert.equal(page.match(/<figure>/g)?.length, 2)
  })

  it('of several instruments tells of each trade whose it is, and leaves out one without bars', async () => {
    const data = await reportData({
      trades: [tradeOf(), tradeOf({ market: 1, netProfit: -1 }), tradeOf({ market: 2 })],
    })
    const [instrument] = data.detail.instruments
    Object.assign(data.detail, { instruments: [instrument, { ...instrument, symbol: 'B/USD' }] })
    const [first] = data.markets.values()
    const [rules] = data.detail.settings.instruments
    if (!first || !rules) throw new Error('the fixture has a market')
    Object.assign(data.detail.settings, {
      instruments: [rules, { ...rules, id: 'made B&B' }, { ...rules, id: 'C' }],
    })
    const page = reportPage({
      ...data,
      markets: new Map([...data.markets, [1, { ...first, id: 'made B&B' }]]),
    })
    includesAll(page, [
      '<th scope="col">Instrument</th>',
      'by the time of the exit, in money',
      '<td>made B&amp;B</td>',
      '<h2>made B&amp;B</h2>',
      '<td>C</td>',
    ])
  })

  it('of five thousand trades and two hundred thousand bars stays small, and says what it leaves out', async () => {
    const page = reportPage(await reportData({ trades: Array(5_000).fill(tradeOf()), bars: 200_000 }))
    assert.ok(page.length < 1_500_000, `${page.length}`)
    includesAll(page, [
      '5,000 trades: too many to mark',
      '3,000 more in between',
      '<th scope="row">5000</th>',
    ])
  })

  it('shows the document, the settings and the hashes, and all that users wrote as text', async () => {
    const evil = '<script>alert("1")</script>'
    const data = await reportData()
    Object.assign(data.detail, { name: evil, note: evil })
    const page = reportPage({ ...data, document: { name: evil } })
    assert.ok(!page.includes('<script'))
    includesAll(page, [
      '&lt;script&gt;alert(&quot;1&quot;)',
      'price tick 0.01',
      '<td><code>f</code></td>',
      'max gap',
    ])
  })
})
