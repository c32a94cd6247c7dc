import type { ReportData } from '../src/backtests/report/report-page.ts'
import { METRICS } from '../src/engine/metrics/catalogue.ts'
import type { Trade } from '../src/engine/outcome.ts'
import { type Candles, emptyCandles } from '../src/market-data/candles.ts'

const DAY = 86_400_000
/** 2024-11-30, 00:00 UTC. */
export const REPORT_START = Date.UTC(2024, 10, 30)

export function tradeOf(changes: Partial<Trade> = {}): Trade {
  return {
    market: 0,
    side: 'long',
    signalTime: REPORT_START,
    entryTime: REPORT_START,
    entryPrice: 100,
    quantity: 1,
    exitTime: REPORT_START + DAY,
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

/** Daily candles that rise by one each day. */
export function risingCandles(bars: number): Candles {
  const candles = emptyCandles(bars)
  for (let bar = 0; bar < bars; bar++) {
    candles.timestamp[bar] = REPORT_START + bar * DAY
    candles.open[bar] = 100 + bar
    candles.high[bar] = 103 + bar
    candles.low[bar] = 98 + bar
    candles.close[bar] = bar % 2 === 0 ? 102 + bar : 99 + bar
    candles.volume[bar] = 1
  }
  return candles
}

const metrics = { ...Object.fromEntries(METRICS.map(({ name }) => [name, null])), total_return: 0.1 }

/** What a report is made of, for a run over rising candles. */
export function reportData(changes: { trades?: readonly Trade[]; result?: object; bars?: number } = {}) {
  const { trades = [], result = {}, bars = 30 } = changes
  const candles = risingCandles(bars)
  const equity = candles.close.map((close) => close * 10)
  const data = {
    detail: {
      ...{
        id: 'a',
        strategy_id: 'b',
        version: 1,
        name: 'Name',
        note: '',
        run_id: 'c',
        created_at: '2024-12-31',
      },
      instruments: [
        {
          exchange: 'made',
          symbol: 'UP/EUR',
          dataset_id: 'd',
          is_synthetic: false,
          series: '1d',
          rows_hash: 'e',
        },
      ],
      settings: {
        ...{ from: '2024-11-30T00:00:00.000Z', to: '2024-12-30T00:00:00.000Z', max_gap: null },
        instruments: [{ id: 'made UP/EUR', price_tick: 0.01 }],
      },
      result: {
        ...{ metrics, in_sample: null, out_of_sample: null, scenarios: null, ruined_at: null },
        ...{
          bars,
          warnings: [],
          refusals: {},
          open_trades: 0,
          trades_hash: 'f',
          equity_hash: 'g',
          engine_version: '1',
        },
        ...result,
      },
    },
    ...{
      initialCapital: 1_000,
      fromOutOfSample: null,
      timeframe: '1d',
      document: { name: 'Name' },
      isByBar: false,
    },
    daily: { day: candles.timestamp, equity, buyAndHold: equity },
    curve: { time: candles.timestamp, equity, buyAndHold: equity },
    trades,
    markets: new Map([[0, { id: 'made UP/EUR', candles, length: DAY, trades }]]),
  }
  return data as unknown as ReportData
}
