import type { Trade } from '../../engine/outcome.ts'
import { firstBarFrom, sliceCandles } from '../../market-data/candles.ts'
import { escapeHtml } from './html.ts'
import { metricText, timeText } from './number-texts.ts'
import { pricePicture } from './pictures.ts'
import type { ReportTrades } from './report-trades.ts'
import { type Prices, type ShownPrices, showPrices } from './shown-prices.ts'

const MOST_CANDLES = 90
/** Bars that are shown before and after, at least. */
const MARGIN = 12

/** A trade with the prices around it. */
export type CloseUp = { title: string; trade: Trade; id: string; prices: ShownPrices }

function around({ candles, length }: Prices, { entryTime, exitTime }: Trade): Prices {
  const first = firstBarFrom(candles, entryTime)
  const last = firstBarFrom(candles, exitTime)
  const margin = Math.max(MARGIN, Math.ceil((last - first) / 3))
  const end = Math.min(candles.timestamp.length, last + margin + 1)
  return { candles: sliceCandles(candles, Math.max(0, first - margin), end), length }
}

/** Prepare the trades that tell the most, but those of a market without bars. */
export async function showCloseUps(
  chosen: ReportTrades['chosen'],
  markets: ReadonlyMap<number, Prices & { id: string }>,
): Promise<CloseUp[]> {
  const shown: CloseUp[] = []
  for (const { title, trade } of chosen) {
    const market = markets.get(trade.market)
    if (market === undefined) continue
    shown.push({ title, trade, id: market.id, prices: await showPrices(around(market, trade), MOST_CANDLES) })
  }
  return shown
}

/** Some trades, near enough to see how they went. */
export function closeUps(shown: readonly CloseUp[], markets: number, currency: string): string {
  const pictures = shown.map(({ title, trade, id: market, prices }) => {
    const id = escapeHtml(market)
    const profit = metricText(trade.netProfit, 'money', currency)
    const facts = `${trade.side}, ${timeText(trade.entryTime)} to ${timeText(trade.exitTime)}, ${trade.exitReason.replaceAll('_', ' ')}`
    const picture = pricePicture(prices, [trade], { label: `${title} trade of ${id}`, height: 170 })
    return `<figure><figcaption><b>${title}: ${escapeHtml(profit)}</b><br>${markets > 1 ? `${id}, ` : ''}${facts}</figcaption>${picture}</figure>`
  })
  return `<div class="close-ups">${pictures.join('')}</div>`
}
