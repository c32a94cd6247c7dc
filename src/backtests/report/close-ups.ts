import type { Trade } from '../../engine/outcome.ts'
import { firstBarFrom, sliceCandles } from '../../market-data/candles.ts'
import { escapeHtml } from './html.ts'
import { metricText, timeText } from './number-texts.ts'
import { type Prices, pricePicture } from './pictures.ts'

const MOST_CANDLES = 90
/** Bars that are shown before and after, at least. */
const MARGIN = 12

function around({ candles, length }: Prices, { entryTime, exitTime }: Trade): Prices {
  const first = firstBarFrom(candles, entryTime)
  const last = firstBarFrom(candles, exitTime)
  const margin = Math.max(MARGIN, Math.ceil((last - first) / 3))
  const end = Math.min(candles.timestamp.length, last + margin + 1)
  return { candles: sliceCandles(candles, Math.max(0, first - margin), end), length }
}

/** The trades that tell the most: the best, the worst and the last, each once. */
function chosen(trades: readonly Trade[]): Map<Trade, string> {
  const byProfit = trades.toSorted((a, b) => b.netProfit - a.netProfit)
  const found = new Map<Trade, string>()
  for (const [title, trade] of [
    ['Best', byProfit[0]],
    ['Worst', byProfit.at(-1)],
    ['Last', trades.at(-1)],
  ] as const) {
    if (trade !== undefined && !found.has(trade)) found.set(trade, title)
  }
  return found
}

/** Some trades, near enough to see how they went. */
export function closeUps(
  trades: readonly Trade[],
  markets: ReadonlyMap<number, Prices & { id: string }>,
  currency: string,
): string {
  const pictures = [...chosen(trades)].map(([trade, title]) => {
    const market = markets.get(trade.market)
    if (market === undefined) return ''
    const id = escapeHtml(market.id)
    const profit = metricText(trade.netProfit, 'money', currency)
    const facts = `${trade.side}, ${timeText(trade.entryTime)} to ${timeText(trade.exitTime)}, ${trade.exitReason.replaceAll('_', ' ')}`
    const label = `${title} trade of ${id}`
    const picture = pricePicture(around(market, trade), [trade], { label, height: 170, most: MOST_CANDLES })
    return `<figure><figcaption><b>${title}: ${escapeHtml(profit)}</b><br>${markets.size > 1 ? `${id}, ` : ''}${facts}</figcaption>${picture}</figure>`
  })
  return `<div class="close-ups">${pictures.join('')}</div>`
}
