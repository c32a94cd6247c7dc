import type { SimulationOutcome } from '../engine/outcome.ts'
import { canonicalHash } from '../market-data/canonical-hash.ts'
import { tradeColumns } from './outcome-tables.ts'

const FORMAT = 'crypalgos-outcome-1'

/** SHA-256 over the trades' values, closed ones first, in hexadecimal. */
export function hashTrades({ trades, openTrades }: Pick<SimulationOutcome, 'trades' | 'openTrades'>): string {
  const columns = tradeColumns(trades, openTrades)
  return canonicalHash([FORMAT, 'trades', String(trades.length)], columns).toString('hex')
}

/** SHA-256 over the equity at each close, in hexadecimal. */
export function hashEquity({ timestamp, equity }: Pick<SimulationOutcome, 'timestamp' | 'equity'>): string {
  return canonicalHash([FORMAT, 'equity'], [timestamp, equity]).toString('hex')
}
