import { firstBarFrom, sliceCandles } from '../../market-data/candles.ts'
import { periodEnd } from '../../market-data/timeframe.ts'
import type { BacktestRow } from '../../platform/database/tables.ts'
import type { Platform } from '../../platform/platform.ts'
import { findVersion } from '../../strategies/versions-repository.ts'
import { shownDetail, shownResult } from '../backtest-view.ts'
import type { Summary } from '../results-repository.ts'
import { curveAgain, withRun } from '../run-again.ts'
import type { RunInput } from '../run-input.ts'
import { ENGINE_VERSION } from '../run-spec.ts'
import type { ColumnarTable } from '../tables/columnar-table.ts'
import { barTable, type EquityColumn } from '../tables/result-views.ts'
import { findTable } from '../tables/tables-repository.ts'
import { showCloseUps } from './close-ups.ts'
import { monthlyReturns } from './monthly-returns.ts'
import { type ReportMarket, reportPage } from './report-page.ts'
import { readReportTrades } from './report-trades.ts'
import { showCurve } from './shown-curve.ts'
import { type Prices, showPrices } from './shown-prices.ts'

/** Candles of a picture. */
const MOST_CANDLES = 420

/** With fewer days than these their ends alone would tell too little. */
const FEW_DAYS = 120

/** Whether the equity of each bar is shown, which is computed again: an older engine's cannot be. */
function isShownByBar(summary: Summary, daily: ColumnarTable<EquityColumn>): boolean {
  return daily.rows < FEW_DAYS && summary.engine === ENGINE_VERSION
}

/** Candles of the run by their market's index, but of those that have none in it. */
function pricesOf(input: RunInput): Map<number, Prices & { id: string }> {
  const { from, to } = input.settings
  const found = new Map<number, Prices & { id: string }>()
  for (const [index, { instrument, candles }] of input.markets.entries()) {
    const shown = sliceCandles(candles, firstBarFrom(candles, from), firstBarFrom(candles, to))
    const first = shown.timestamp[0]
    if (first === undefined) continue
    const length = periodEnd(first, input.timeframe) - first
    found.set(index, { id: instrument.id, candles: shown, length })
  }
  return found
}

async function marketsOf(prices: ReadonlyMap<number, Prices & { id: string }>) {
  const markets = new Map<number, ReportMarket>()
  for (const [index, market] of prices) {
    markets.set(index, { id: market.id, prices: await showPrices(market, MOST_CANDLES) })
  }
  return markets
}

/**
 * Render a finished backtest as one HTML page.
 * @throws AppError those of `withRun`
 */
export function makeReport(platform: Platform, row: BacktestRow, signal: AbortSignal): Promise<string> {
  const { db } = platform
  return withRun(platform, row, signal, async (budget, input, summary) => {
    const [daily, table, version] = await Promise.all([
      findTable({ db, budget }, row.result_key, 'daily'),
      findTable({ db, budget }, row.result_key, 'trades'),
      findVersion(db, row.strategy_id, row.version),
    ])
    const { initialCapital } = input.settings
    const isByBar = isShownByBar(summary, daily)
    const points = isByBar ? barTable(await curveAgain(platform, row, budget, input, summary)) : daily
    const curve = await showCurve(points, initialCapital)
    const trades = await readReportTrades(table, summary.closedTrades, curve)
    const prices = pricesOf(input)
    return reportPage({
      detail: { ...shownDetail(row, summary), result: shownResult(summary) },
      initialCapital,
      fromOutOfSample: input.measure.fromOutOfSample,
      timeframe: input.timeframe,
      document: version?.document as object,
      months: await monthlyReturns(daily, initialCapital),
      curve,
      isByBar,
      trades,
      closeUps: await showCloseUps(trades.chosen, prices),
      markets: await marketsOf(prices),
    })
  })
}
