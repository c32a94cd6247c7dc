import type { Market } from '../../src/engine/market.ts'
import type { Fill, SimulationOutcome, Trade } from '../../src/engine/outcome.ts'
import type { RunSettings } from '../../src/engine/settings.ts'
import { simulate } from '../../src/engine/simulate.ts'

/** What a run came to, an object for each trade and fill. */
export type PlainOutcome = Omit<SimulationOutcome, 'trades' | 'openTrades' | 'fills'> & {
  trades: Trade[]
  openTrades: Trade[]
  fills: Fill[]
}

export function simulateRows(markets: readonly Market[], settings: RunSettings): PlainOutcome {
  const outcome = simulate(markets, settings)
  return {
    ...outcome,
    trades: outcome.trades.toRows(),
    openTrades: outcome.openTrades.toRows(),
    fills: outcome.fills.toRows(),
  }
}
