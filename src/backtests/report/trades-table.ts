import type { Trade } from '../../engine/outcome.ts'
import { escapeHtml } from './html.ts'
import { duration, money, percent, plain, price, timeText } from './number-texts.ts'
import type { ReportTrades } from './report-trades.ts'
import { isWon } from './trade-marks.ts'

type Row = { trade: Trade; number: number }

function rowOf({ trade, number }: Row, ids: readonly string[]): string {
  const { side, entryTime, exitTime, netProfit } = trade
  const cells = [
    timeText(entryTime),
    price(trade.entryPrice),
    timeText(exitTime),
    price(trade.exitPrice),
    price(trade.quantity),
    trade.exitReason.replaceAll('_', ' '),
    duration(exitTime - entryTime),
    money(trade.fees),
  ].map((text) => `<td>${text}</td>`)
  const market = ids.length > 1 ? `<td>${escapeHtml(ids[trade.market] as string)}</td>` : ''
  const outcome = isWon(trade) ? 'gain' : 'loss'
  return `<tr><th scope="row">${number}</th>${market}<td>${side}</td>${cells.join('')}<td class="${outcome}">${money(netProfit)}</td><td class="${outcome}">${percent(netProfit / (trade.quantity * trade.entryPrice))}</td></tr>`
}

/** Trades as a table in a box of its own. `ids` are those of the markets. */
export function tradesTable(
  { count, first, last }: Pick<ReportTrades, 'count' | 'first' | 'last'>,
  ids: readonly string[],
  currency: string,
): string {
  const rows = (trades: readonly Trade[], before: number) =>
    trades.map((trade, at) => rowOf({ trade, number: before + at + 1 }, ids)).join('')
  const leftOut = count - first.length - last.length
  const between = `<tr class="cut"><td colspan="12">${plain(leftOut)} more in between; GET …/trades has them all</td></tr>`
  const body = `${rows(first, 0)}${leftOut === 0 ? '' : between}${rows(last, count - last.length)}`
  const heads = [
    ...['', ...(ids.length > 1 ? ['Instrument'] : []), 'Side', 'Entry (UTC)', 'at', 'Exit (UTC)', 'at'],
    ...['Quantity', 'Reason', 'Held', 'Fees', `Net ${escapeHtml(currency)}`, 'Return'],
  ].map((name) => `<th scope="col">${name}</th>`)
  return `<div class="wide tall"><table class="trades"><thead><tr>${heads.join('')}</tr></thead><tbody>${body}</tbody></table></div>`
}
