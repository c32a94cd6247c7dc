import type { ShownBacktest, ShownResult } from '../backtest-view.ts'
import { escapeHtml } from './html.ts'

type Rows = [string, string][]

function table(rows: Rows, form: 'plain' | 'code'): string {
  const lines = rows.map(([name, value]) => {
    const shown = form === 'code' ? `<code>${escapeHtml(value)}</code>` : escapeHtml(value)
    return `<tr><th scope="row">${escapeHtml(name)}</th><td>${shown}</td></tr>`
  })
  return `<table class="facts"><tbody>${lines.join('')}</tbody></table>`
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  if (typeof value !== 'object') return String(value)
  const parts = Object.entries(value).map(([name, part]) => `${name.replaceAll('_', ' ')} ${textOf(part)}`)
  return parts.join(', ') || 'defaults'
}

/** What the run was asked for with, and by which hashes it can be verified. */
export function settingsTables(detail: ShownBacktest & { result: ShownResult }): string {
  const { settings, instruments, result, run_id: runId, strategy_id: strategy, version } = detail
  const { instruments: markets, ...own } = settings
  const asked: Rows = [
    ...Object.entries(own).map(([name, value]): [string, string] => [
      name.replaceAll('_', ' '),
      textOf(value),
    ]),
    ...markets.map(({ id, ...rules }): [string, string] => [id, textOf(rules)]),
  ]
  const hashes: Rows = [
    ['Backtest', detail.id],
    ['Strategy', `${strategy}, version ${version}`],
    ['Run', runId],
    ['Trades', result.trades_hash],
    ['Equity', result.equity_hash],
    ...instruments.map(({ symbol, series, rows_hash: hash }): [string, string] => [
      `Rows of ${symbol}, ${series}`,
      hash,
    ]),
    ['Engine', result.engine_version],
  ]
  return table(asked, 'plain') + table(hashes, 'code')
}
