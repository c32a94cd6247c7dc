import { METRICS } from '../../engine/metrics/catalogue.ts'
import type { Trade } from '../../engine/outcome.ts'
import type { Candles } from '../../market-data/candles.ts'
import type { ShownBacktest, ShownResult } from '../backtest-view.ts'
import type { DailyCurve } from '../run-output.ts'
import { monthlyReturns } from './monthly-returns.ts'
import { metricText, percent } from './number-texts.ts'
import { drawdownPicture, equityPicture, isUnmarked, pricePicture } from './pictures.ts'
import { REPORT_STYLE } from './report-style.ts'

export type ReportData = {
  detail: ShownBacktest & { result: ShownResult }
  initialCapital: number
  daily: DailyCurve
  markets: readonly { id: string; candles: Candles; trades: readonly Trade[] }[]
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ESCAPES[sign] as string)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** The first ones are what a run is judged by. */
const HEADLINES = [
  'total_return',
  'buy_and_hold_return',
  'sharpe',
  'max_drawdown',
  'trades',
  'win_rate',
  'profit_factor',
]

function headlines({ detail }: ReportData): string {
  const tiles = METRICS.filter(({ name }) => HEADLINES.includes(name)).map(({ name, title, unit }) => {
    return `<div class="tile"><b>${metricText(detail.result.metrics[name] as number | null, unit)}</b><span>${title}</span></div>`
  })
  return `<div class="tiles">${tiles.join('')}</div>`
}

function metricsTable({ detail }: ReportData): string {
  const { result } = detail
  const inSample = result.in_sample
  const heads = inSample ? '<th>Whole</th><th>In sample</th><th>Out of sample</th>' : '<th>Value</th>'
  const rows = METRICS.map(({ name, title, unit, definition }) => {
    const values = inSample ? [result.metrics, inSample, result.out_of_sample] : [result.metrics]
    const cells = values
      .map((metrics) => `<td>${metricText(metrics?.[name] as number | null, unit)}</td>`)
      .join('')
    return `<tr><th title="${escapeHtml(definition)}">${title}</th>${cells}</tr>`
  })
  return `<table class="metrics"><thead><tr><th></th>${heads}</tr></thead><tbody>${rows.join('')}</tbody></table>`
}

/** Greener and redder with the size; 10 % and more are as strong as it gets. */
function heat(value: number): string {
  const strength = Math.min(1, Math.abs(value) / 0.1)
  return `background:rgba(${value >= 0 ? '31,140,88' : '200,58,58'},${(0.08 + 0.45 * strength).toFixed(2)})`
}

function monthsTable({ daily, initialCapital }: ReportData): string {
  const rows = monthlyReturns(daily, initialCapital).map(({ year, months, total }) => {
    const cells = months.map((value) =>
      value === null ? '<td></td>' : `<td style="${heat(value)}">${percent(value)}</td>`,
    )
    return `<tr><th>${year}</th>${cells.join('')}<td style="${heat(total)}"><b>${percent(total)}</b></td></tr>`
  })
  const heads = [...MONTHS, 'Year'].map((name) => `<th>${name}</th>`).join('')
  return `<table class="months"><thead><tr><th></th>${heads}</tr></thead><tbody>${rows.join('')}</tbody></table>`
}

function returnOf({ metrics }: { metrics: Record<string, number | null> }): string {
  return metricText(metrics.total_return as number, 'fraction')
}

function notes({ detail }: ReportData): string {
  const lines = [
    ...detail.instruments
      .filter((found) => found.is_synthetic)
      .map(({ symbol }) => `${symbol} is synthetic data: made up by a generator, not by a market.`),
    ...detail.result.warnings.map(({ message }) => message),
  ]
  const { ambiguous_bars: ambiguous, resolved_bars: resolved, scenarios } = detail.result
  if (scenarios) {
    const worst = returnOf(scenarios.worst)
    const best = returnOf(scenarios.best)
    lines.push(
      `In ${ambiguous} bars the order of prices mattered; finer candles decided ${resolved}. Total return if all had gone the worst way: ${worst}; the best way: ${best}.`,
    )
  }
  return lines.map((line) => `<p class="note">${escapeHtml(line)}</p>`).join('')
}

function prices({ markets }: ReportData): string {
  return markets
    .map(({ id, candles, trades }) => {
      const hint = isUnmarked(trades) ? ` <small>${trades.length} trades: too many to draw</small>` : ''
      return `<h2>${escapeHtml(id)}${hint}</h2>${pricePicture(candles, trades, escapeHtml(id))}`
    })
    .join('')
}

function facts({ detail }: ReportData): string {
  const { settings, instruments, result, run_id: runId, strategy_id: strategy, version } = detail
  const rows: [string, string][] = [
    ['Strategy', `${strategy}, version ${version}`],
    ['Run', runId],
    ['Trades', result.trades_hash],
    ['Equity', result.equity_hash],
    ...instruments.map(
      ({ symbol, series, rows_hash: hash }) => [`Rows of ${symbol}, ${series}`, hash] as [string, string],
    ),
  ]
  const lines = rows.map(
    ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td><code>${escapeHtml(value)}</code></td></tr>`,
  )
  return `<table class="facts"><tbody>${lines.join('')}</tbody></table><pre>${escapeHtml(JSON.stringify(settings, null, 2))}</pre>`
}

/** One page with everything in it: no script, nothing to fetch. */
export function reportPage(data: ReportData): string {
  const { detail, daily, initialCapital } = data
  const name = escapeHtml(detail.name)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title><style>${REPORT_STYLE}</style></head><body>
<header><h1>${name}</h1><p>${escapeHtml(detail.instruments.map(({ exchange, symbol }) => `${symbol} on ${exchange}`).join(', '))} · ${detail.settings.from.slice(0, 10)} to ${detail.settings.to.slice(0, 10)}</p></header>
${headlines(data)}${notes(data)}
<h2>Equity <small><i class="key equity"></i>strategy <i class="key hold"></i>buy and hold</small></h2>${equityPicture(daily)}
<h2>Drawdown</h2>${drawdownPicture(daily, initialCapital)}
${prices(data)}
<h2>Monthly returns</h2>${monthsTable(data)}
<h2>Metrics</h2>${metricsTable(data)}
<h2>Settings and hashes</h2>${facts(data)}
</body></html>
`
}
