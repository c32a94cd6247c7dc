import type { Trade } from '../../engine/outcome.ts'
import { across, fixed, type Scale } from './chart.ts'

/** More marks than these would hide the price and one another. */
export const MOST_MARKS = 120

/** The shapes of marks, once for the whole page; each has its point at 0, 0. */
export const MARK_SHAPES = `<svg width="0" height="0" aria-hidden="true"><defs><path id="long" d="M0 1l6 11h-12z"/><path id="short" d="M0-1l6-11h-12z"/><path id="exit" d="M0-5l5 5l-5 5l-5-5z"/></defs></svg>`

/** What the marks mean. */
export const MARK_KEY = `<span class="key"><svg class="sign" viewBox="-7 -1 14 14"><use href="#long" class="entry long"/></svg>long entry</span> <span class="key"><svg class="sign" viewBox="-7 -13 14 14"><use href="#short" class="entry short"/></svg>short entry</span> <span class="key"><svg class="sign" viewBox="-7 -7 14 14"><use href="#exit" class="exit won"/></svg>exit with profit</span> <span class="key"><svg class="sign" viewBox="-7 -7 14 14"><use href="#exit" class="exit lost"/></svg>exit with loss</span>`

export const isWon = ({ netProfit }: Pick<Trade, 'netProfit'>) => netProfit > 0

/** Where each trade began, where it ended, and whether it won. `length` is that of a bar in ms. */
export function tradeMarks(trades: readonly Trade[], length: number, x: Scale, y: Scale): string {
  const marks = trades.map((trade) => {
    const [x1, x2] = [trade.entryTime, trade.exitTime].map((time) => across(x.place(time + length / 2)))
    const [y1, y2] = [fixed(y.place(trade.entryPrice)), fixed(y.place(trade.exitPrice))]
    const outcome = isWon(trade) ? 'won' : 'lost'
    return {
      line: `<line class="held ${outcome}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`,
      signs: `<use href="#exit" class="exit ${outcome}" x="${x2}" y="${y2}"/><use href="#${trade.side}" class="entry ${trade.side}" x="${x1}" y="${y1}"/>`,
    }
  })
  return marks.map(({ line }) => line).join('') + marks.map(({ signs }) => signs).join('')
}
