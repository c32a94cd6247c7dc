import { METRICS } from '../../engine/metrics/catalogue.ts'
import type { ShownBacktest, ShownResult } from '../backtest-view.ts'
import { type CloseUp, closeUps } from './close-ups.ts'
import { escapeHtml } from './html.ts'
import { metricTables } from './metric-tables.ts'
import type { YearOfReturns } from './monthly-returns.ts'
import { monthsTable } from './months-table.ts'
import { metricText, plain } from './number-texts.ts'
import { drawdownPicture, equityPicture, pricePicture, profitsPicture } from './pictures.ts'
import { REPORT_STYLE } from './report-style.ts'
import type { ReportTrades } from './report-trades.ts'
import { settingsTables } from './settings-tables.ts'
import type { ShownCurve } from './shown-curve.ts'
import type { ShownPrices } from './shown-prices.ts'
import { MARK_KEY, MARK_SHAPES, MOST_MARKS } from './trade-marks.ts'
import { tradesTable } from './trades-table.ts'

export type ReportMarket = { id: string; prices: ShownPrices }

export type ReportData = {
  detail: ShownBacktest & { result: ShownResult }
  initialCapital: number
  fromOutOfSample: number | null
  timeframe: string
  /** The strategy's document. */
  document: object
  months: readonly YearOfReturns[]
  /** Of bars where the run is short, else of days. */
  curve: ShownCurve
  isByBar: boolean
  trades: ReportTrades
  closeUps: readonly CloseUp[]
  /** By their index in the run; those without a bar in it are left out. */
  markets: ReadonlyMap<number, ReportMarket>
}

/** What a run is judged by first. */
const HEADLINES = [
  ...['total_return', 'buy_and_hold_return', 'sharpe', 'max_drawdown'],
  ...['trades', 'win_rate', 'profit_factor', 'fees'],
]
const SIGNED = ['total_return', 'buy_and_hold_return', 'sharpe']

/** The quote currency, where all instruments have the same. */
export function currencyOf(symbols: readonly string[]): string {
  const quotes = new Set(symbols.map((symbol) => symbol.split('/')[1]?.split(':')[0] ?? ''))
  return quotes.size === 1 ? ([...quotes][0] as string) : ''
}

function headlines({ detail }: ReportData, currency: string): string {
  const tiles = METRICS.filter(({ name }) => HEADLINES.includes(name)).map(({ name, title, unit }) => {
    const value = detail.result.metrics[name] ?? null
    const sign = SIGNED.includes(name) ? Math.sign(value ?? 0) : 0
    const tone = ['loss', '', 'gain'][sign + 1]
    return `<div class="tile"><b class="${tone}">${escapeHtml(metricText(value, unit, currency))}</b><span>${title}</span></div>`
  })
  return `<div class="tiles">${tiles.join('')}</div>`
}

function returnOf({ metrics }: { metrics: Record<string, number | null> }): string {
  return metricText(metrics.total_return as number, 'fraction')
}

function notes({ detail }: ReportData): string {
  const { ambiguous_bars: ambiguous, resolved_bars: resolved, scenarios, ruined_at: ruined } = detail.result
  const open = detail.result.open_trades
  const lines = [
    ...detail.instruments
      .filter((found) => found.is_synthetic)
      .map(({ symbol }) => `${symbol} is synthetic data: made up by a generator, not by a market.`),
    ...(ruined === null ? [] : [`The account was ruined on ${ruined.slice(0, 10)}; the run ended there.`]),
    ...detail.result.warnings.map(({ message }) => message),
    ...(open > 0
      ? [`Open at the end: ${open}. They are marked at the last close, and count as no trades yet.`]
      : []),
  ]
  if (scenarios) {
    const worst = returnOf(scenarios.worst)
    const best = returnOf(scenarios.best)
    lines.push(
      `In ${ambiguous} bars the order of prices mattered; finer candles decided ${resolved}. Total return if all had gone the worst way: ${worst}; the best way: ${best}.`,
    )
  }
  return lines.map((line) => `<p class="note">${escapeHtml(line)}</p>`).join('')
}

function prices({ markets, trades }: ReportData): string {
  return [...markets]
    .map(([market, shown]) => {
      const found = trades.byMarket.get(market) ?? { count: 0, trades: [] }
      const label = escapeHtml(shown.id)
      const hint =
        found.count > MOST_MARKS
          ? `<p class="soft">${plain(found.count)} trades: too many to mark here. Below are their profits over time, and some from near.</p>`
          : `<p class="soft">${MARK_KEY}</p>`
      return `<h2>${label}</h2>${hint}${pricePicture(shown.prices, found.trades, { label })}`
    })
    .join('')
}

function refusals({ detail }: ReportData): string {
  const counts = Object.entries(detail.result.refusals).map(
    ([reason, count]) => `${plain(count)} × ${reason.replaceAll('_', ' ')}`,
  )
  return counts.length === 0 ? '' : `<p class="soft">Entries that were not made: ${counts.join(', ')}.</p>`
}

function tradesPart(data: ReportData, currency: string): string {
  const { trades, markets } = data
  const ids = data.detail.settings.instruments.map(({ id }) => id)
  const head = `<h2>Trades</h2>${refusals(data)}`
  if (trades.count === 0) return `${head}<p>There were none.</p>`
  return `${head}<p class="soft">Profits (up) and losses (down) by the time of the exit, in ${escapeHtml(currency) || 'money'}</p>${profitsPicture(trades.profits)}${closeUps(data.closeUps, markets.size, currency)}${tradesTable(trades, ids, currency)}`
}

function head({ detail, timeframe }: ReportData): string {
  const { settings, instruments, version, result, created_at: at } = detail
  const symbols = instruments.map(({ exchange, symbol }) => `${symbol} on ${exchange}`).join(', ')
  const facts = `${symbols} · ${timeframe} bars · ${settings.from.slice(0, 10)} to ${settings.to.slice(0, 10)} · ${plain(result.bars)} bars · version ${version} · asked for on ${at.slice(0, 10)}`
  const note = detail.note === '' ? '' : `<p class="own">${escapeHtml(detail.note)}</p>`
  return `<header><h1>${escapeHtml(detail.name)}</h1><p class="soft">${escapeHtml(facts)}</p>${note}</header>`
}

/** One page with everything in it: no script, nothing to fetch. */
export function reportPage(data: ReportData): string {
  const { detail, curve, initialCapital, fromOutOfSample } = data
  const { metrics, in_sample: inSample, out_of_sample: outOfSample } = detail.result
  const currency = currencyOf(detail.instruments.map(({ symbol }) => symbol))
  const columns = inSample && outOfSample ? [metrics, inSample, outOfSample] : [metrics]
  const points = data.isByBar ? 'closes of bars' : 'ends of days'
  const deepest = metricText(metrics.max_drawdown ?? null, 'fraction')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(detail.name)}</title><style>${REPORT_STYLE}</style></head><body>${MARK_SHAPES}
${head(data)}${headlines(data, currency)}${notes(data)}
<h2>Equity</h2><p class="soft"><span class="key"><i class="equity"></i>strategy</span> <span class="key"><i class="hold"></i>buy and hold</span> <span class="key"><i class="start"></i>initial capital</span> ${escapeHtml(currency)}, at ${points}</p>${equityPicture(curve, initialCapital, fromOutOfSample)}
<h2>Drawdown</h2><p class="soft">below the highest equity so far, at ${points}; deepest at the close of a bar: ${deepest}</p>${drawdownPicture(curve)}
${prices(data)}
${tradesPart(data, currency)}
<h2>Monthly returns</h2><p class="soft">in per cent, months of UTC</p>${monthsTable(data.months)}
<h2>Metrics</h2>${metricTables(columns, currency)}
<h2>Settings and hashes</h2>${settingsTables(detail)}
<h2>Strategy</h2><pre>${escapeHtml(JSON.stringify(data.document, null, 2))}</pre>
</body></html>
`
}
