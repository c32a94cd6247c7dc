import { METRICS, type Metric } from '../../engine/metrics/catalogue.ts'
import type { Metrics } from '../../engine/metrics/measure.ts'
import { escapeHtml } from './html.ts'
import { metricText } from './number-texts.ts'

/** Metrics in the order and the groups in which they are read. */
export const METRIC_GROUPS: readonly [string, readonly string[]][] = [
  ['Return', ['net_profit', 'total_return', 'buy_and_hold_return', 'cagr', 'annual_return']],
  [
    'Risk',
    [
      ...['max_drawdown', 'max_drawdown_duration', 'ulcer_index', 'volatility'],
      ...['var_95', 'var_99', 'cvar_95', 'cvar_99'],
    ],
  ],
  ['Return for the risk', ['sharpe', 'sortino', 'calmar', 'recovery_factor', 'omega', 'tail_ratio']],
  [
    'Trades',
    [
      ...['trades', 'win_rate', 'profit_factor', 'payoff_ratio', 'expectancy', 'average_trade_return'],
      ...['best_trade', 'worst_trade', 'longest_winning_streak', 'longest_losing_streak'],
      ...['average_trade_duration', 'longest_trade_duration', 'sqn', 'kelly'],
    ],
  ],
  ['Activity and costs', ['exposure', 'turnover', 'fees', 'funding']],
]

const byName = new Map(METRICS.map((metric) => [metric.name, metric]))

function group(title: string, names: readonly string[], columns: readonly Metrics[], currency: string) {
  const rows = names
    .map((name) => byName.get(name) as Metric)
    .map(({ name, title: shown, unit, definition }) => {
      const cells = columns.map(
        (metrics) => `<td>${escapeHtml(metricText(metrics[name] ?? null, unit, currency))}</td>`,
      )
      return `<tr><th scope="row" title="${escapeHtml(definition)}">${shown}</th>${cells.join('')}</tr>`
    })
  const heads = columns.length > 1 ? ['Whole', 'In sample', 'Out of sample'] : ['']
  const head = heads.map((name) => `<th scope="col">${name}</th>`).join('')
  return `<div class="wide"><table class="metrics"><thead><tr><th scope="col">${title}</th>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

/** All metrics in groups; one column for the whole run, or three with its halves. */
export function metricTables(columns: readonly Metrics[], currency: string): string {
  const tables = METRIC_GROUPS.map(([title, names]) => group(title, names, columns, currency))
  const terms = METRICS.map(({ title, definition }) => `<dt>${title}</dt><dd>${escapeHtml(definition)}</dd>`)
  return `<div class="groups">${tables.join('')}</div><details><summary>How each is computed</summary><p class="soft">r: returns of the equity at the ends of days; Y: periods per year. A dash stands where there are fewer than 30 days or 2 trades, or where a denominator is 0.</p><dl>${terms.join('')}</dl></details>`
}
