import { showCloseUps } from '../src/backtests/report/close-ups.ts'
import { monthlyReturns } from '../src/backtests/report/monthly-returns.ts'
import type { ReportData } from '../src/backtests/report/report-page.ts'
import { type ReportTrades, readReportTrades } from '../src/backtests/report/report-trades.ts'
import { showCurve } from '../src/backtests/report/shown-curve.ts'
import { showPrices } from '../src/backtests/report/shown-prices.ts'
import { memoryTable } from '../src/backtests/tables/columnar-table.ts'
import { METRICS } from '../src/engine/metrics/catalogue.ts'
import type { Trade } from '../src/engine/outcome.ts'
import { TRADE_FIELDS } from '../src/engine/outcome-records.ts'
import { Records } from '../src/engine/records.ts'
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

/** What a report shows of closed trades; those behind `closed` are open. */
export function reportTradesOf(
  trades: readonly Trade[],
  span: { from: number; to: number },
  closed = trades.length,
): Promise<ReportTrades> {
  const records = new Records(TRADE_FIELDS, trades)
  const columns = Object.fromEntries(TRADE_FIELDS.map(({ name }) => [name, records.column(name)]))
  return readReportTrades(memoryTable(columns as Record<keyof Trade, Float64Array>), closed, span)
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
export async function reportData(
  changes: { trades?: readonly Trade[]; result?: object; bars?: number } = {},
): Promise<ReportData> {
  const { result = {}, bars = 30 } = changes
  const candles = risingCandles(bars)
  const equity = candles.close.map((close) => close * 10)
  const daily = memoryTable({ time: candles.timestamp, equity, buyAndHold: equity })
  const curve = await showCurve(daily, 1_000)
  const trades = await reportTradesOf(changes.trades ?? [], curve)
  const market = { id: 'made UP/EUR', candles, length: DAY }
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
    months: await monthlyReturns(daily, 1_000),
    ...{ curve, trades },
    closeUps: await showCloseUps(trades.chosen, new Map([[0, market]])),
    markets: new Map([[0, { id: market.id, prices: await showPrices(market, 420) }]]),
  }
  return data as unknown as ReportData
}
