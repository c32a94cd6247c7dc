import { firstBarFrom } from '../market-data/candles.ts'
import type { Market } from './market.ts'
import type { RunSettings } from './settings.ts'
import { simulate } from './simulate.ts'

/** The equity of the capital in equal parts bought at each instrument's first fill and held. */
export type Holding = { timestamp: Float64Array; equity: Float64Array }

/**
 * Buys each instrument at the open of the second bar of the run, the first at which an entry could fill, with the run's
 * costs and end rule, without leverage. An instrument with fewer bars stays cash.
 */
export function buyAndHold(
  markets: readonly Omit<Market, 'signals'>[],
  settings: Omit<RunSettings, 'sizing' | 'limits'>,
): Holding[] {
  return markets.map((market) => {
    const bars = market.candles.timestamp.length
    const entry = new Uint8Array(bars)
    const first = firstBarFrom(market.candles, settings.from)
    if (first < bars) entry[first] = 1
    const { timestamp, equity } = simulate(
      [
        {
          ...market,
          instrument: { ...market.instrument, kind: 'spot' },
          finer: null,
          funding: null,
          signals: {
            ready: first,
            short: null,
            rank: null,
            long: {
              entry,
              exit: null,
              order: { type: 'market' },
              stopLoss: null,
              takeProfit: [],
              trailingStop: null,
            },
          },
        },
      ],
      {
        ...settings,
        initialCapital: settings.initialCapital / markets.length,
        leverage: 1,
        path: 'worst_case',
        sizing: { type: 'percent_of_equity', value: 100 },
        limits: {
          breakEvenAtPercent: null,
          maxBars: null,
          cooldownBars: 0,
          maxOpenPositions: null,
          dailyLossPercent: null,
          maxDrawdownPercent: null,
        },
      },
    )
    return { timestamp, equity }
  })
}

/** The holdings' sum at each instant of a timeline; one without a bar yet counts as its cash. */
export function heldEquity(
  holdings: readonly Holding[],
  timeline: Float64Array,
  capital: number,
): Float64Array {
  const total = new Float64Array(timeline.length)
  for (const { timestamp, equity } of holdings) {
    let [at, value] = [0, capital / holdings.length]
    for (let instant = 0; instant < timeline.length; instant++) {
      if (timestamp[at] === timeline[instant]) value = equity[at++] as number
      total[instant] = (total[instant] as number) + value
    }
  }
  return total
}
