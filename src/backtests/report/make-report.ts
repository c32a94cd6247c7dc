import { firstBarFrom, sliceCandles } from '../../market-data/candles.ts'
import { periodEnd } from '../../market-data/timeframe.ts'
import type { BacktestRow } from '../../platform/database/tables.ts'
import type { Platform } from '../../platform/platform.ts'
import { findVersion } from '../../strategies/versions-repository.ts'
import { shownDetail, shownResult } from '../backtest-view.ts'
import { findDaily, findTrades, type Summary } from '../results-repository.ts'
import { curveAgain, withRun } from '../run-again.ts'
import type { RunInput } from '../run-input.ts'
import type { DailyCurve } from '../run-output.ts'
import { ENGINE_VERSION } from '../run-spec.ts'
import type { Curve } from './pictures.ts'
import { type ReportMarket, reportPage } from './report-page.ts'

/** With fewer days than these their ends alone would tell too little. */
const FEW_DAYS = 120

/** Whether the equity of each bar is shown, which is computed again: an older engine's cannot be. */
function isShownByBar(summary: Summary, { day }: DailyCurve): boolean {
  return day.length < FEW_DAYS && summary.engine === ENGINE_VERSION
}

function marketsOf(input: RunInput, trades: ReportMarket['trades']): Map<number, ReportMarket> {
  const { from, to } = input.settings
  const found = new Map<number, ReportMarket>()
  for (const [index, { instrument, candles }] of input.markets.entries()) {
    const shown = sliceCandles(candles, firstBarFrom(candles, from), firstBarFrom(candles, to))
    const first = shown.timestamp[0]
    if (first === undefined) continue
    found.set(index, {
      id: instrument.id,
      candles: shown,
      length: periodEnd(first, input.timeframe) - first,
      trades: trades.filter(({ market }) => market === index),
    })
  }
  return found
}

/**
 * Render a finished backtest as one HTML page.
 * @throws AppError those of `withRun`
 */
export function makeReport(platform: Platform, row: BacktestRow, signal: AbortSignal): Promise<string> {
  const { db } = platform
  return withRun(platform, row, signal, async (budget, input, summary) => {
    const [daily, trades, version] = await Promise.all([
      findDaily(db, row.result_key),
      findTrades(db, row.result_key),
      findVersion(db, row.strategy_id, row.version),
    ])
    const isByBar = isShownByBar(summary, daily)
    const byDay: Curve = { time: daily.day, equity: daily.equity, buyAndHold: daily.buyAndHold }
    const byBar = isByBar ? await curveAgain(platform, row, budget, input, summary) : undefined
    const { initialCapital } = input.settings
    return reportPage({
      detail: { ...shownDetail(row, summary), result: shownResult(summary) },
      initialCapital,
      fromOutOfSample: input.measure.fromOutOfSample,
      timeframe: input.timeframe,
      document: version?.document as object,
      daily,
      curve: byBar ? { ...byBar, time: byBar.timestamp } : byDay,
      isByBar,
      trades: trades.slice(0, summary.closedTrades),
      markets: marketsOf(input, trades),
    })
  })
}
