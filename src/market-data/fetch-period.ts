import { type CollectedChunk, collectRows } from './collect-rows.ts'
import type { ExchangeClient } from './exchange-client.ts'
import type { Series } from './series.ts'
import { longestPeriod, periodEnd } from './timeframe.ts'

export type Fetched = { chunk: CollectedChunk | undefined; rows: number }

type Question = {
  symbol: string
  series: Series
  /** The first row, and what all rows come before, within one chunk's period, UTC in ms. */
  from: number
  to: number
  /** By the exchange's clock. */
  now: number
  pageSize: number
  /** Called in front of every page; it may throw to end it. */
  beforePage(): Promise<void>
}

const FUNDING_PAGE = 100
const FUNDING_STEP = 8 * 3_600_000

/** Page after page of what an exchange has for a stretch of time. */
async function fetchRows(client: ExchangeClient, question: Question): Promise<number[][]> {
  const { symbol, series, from, to, beforePage } = question
  const isFunding = series === 'funding'
  const limit = isFunding ? FUNDING_PAGE : question.pageSize
  const step = isFunding ? FUNDING_STEP : longestPeriod(series)
  const rows: number[][] = []
  let since = from
  while (since < to) {
    await beforePage()
    const page = isFunding
      ? await client.funding(symbol, since, limit)
      : await client.candles(symbol, series, since, limit)
    const news = page.filter(([time = 0]) => time >= since)
    rows.push(...news.filter(([time = 0]) => time < to))
    const last = Math.max(...news.map(([time = 0]) => time))
    // Some answer for a stretch as long as a page, and with nothing where there was no trade.
    since = news.length === 0 ? since + limit * step : last + 1
  }
  return rows.sort(([a = 0], [b = 0]) => a - b)
}

/** What an exchange has of one chunk, checked like an upload; bars that have not ended by its own clock are left out. */
export async function fetchPeriod(client: ExchangeClient, question: Question): Promise<Fetched> {
  const { series, now } = question
  const collector = collectRows(series, now, 'row')
  const rows = await fetchRows(client, question)
  const whole = rows.filter(([time = 0]) => (series === 'funding' ? time : periodEnd(time, series)) <= now)
  for (const [index, row] of whole.entries()) collector.add(Float64Array.from(row), index + 1)
  const [chunk] = collector.finish()
  return { chunk, rows: collector.rows() }
}
