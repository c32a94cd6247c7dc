import { firstBarFrom, sliceCandles } from '../../market-data/candles.ts'
import type { BacktestRow } from '../../platform/database/tables.ts'
import type { Platform } from '../../platform/platform.ts'
import { shownDetail, shownResult, specOf } from '../backtest-view.ts'
import { roomOf } from '../engine-room.ts'
import { findDaily, findTrades } from '../results-repository.ts'
import { summaryOf } from '../run-again.ts'
import { inputOf } from '../runner.ts'
import { reportPage } from './report-page.ts'

/**
 * A finished backtest as one HTML page.
 * @throws AppError `backtest_unfinished`
 */
export async function makeReport(platform: Platform, row: BacktestRow): Promise<string> {
  const { db } = platform
  const summary = await summaryOf(platform, row)
  const [input, daily, trades] = await Promise.all([
    inputOf({ db, cache: roomOf(platform).cache }, row),
    findDaily(db, row.result_key),
    findTrades(db, row.result_key),
  ])
  const { from, to, initialCapital } = specOf(row).settings
  return reportPage({
    detail: { ...shownDetail(row, summary), result: shownResult(summary) },
    initialCapital,
    daily,
    markets: input.markets
      .map(({ instrument, candles }, market) => ({
        id: instrument.id,
        candles: sliceCandles(candles, firstBarFrom(candles, from), firstBarFrom(candles, to)),
        trades: trades.filter((trade) => trade.market === market),
      }))
      .filter(({ candles }) => candles.timestamp.length > 0),
  })
}
