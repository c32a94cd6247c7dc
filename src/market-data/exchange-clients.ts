import { type ExchangeClient, type ExchangeOptions, openExchange } from './exchange-client.ts'
import { kindOf } from './symbols.ts'

/** Finds the client of an exchange for a symbol's kind of market, or opens it. */
export type ExchangeClients = (exchange: string, symbol: string) => Promise<ExchangeClient>

/** The markets of a large exchange take some ten megabytes. */
const KEPT = 2
/** Markets come and go. */
const HOUR_MS = 3_600_000

/** Keeps the clients that were used last: each has loaded the list of its exchange's markets, which is large. */
export function exchangeClients(options: ExchangeOptions): ExchangeClients {
  const kept = new Map<string, { client: Promise<ExchangeClient>; openedAt: number }>()
  return (exchange, symbol) => {
    const key = `${exchange} ${kindOf(symbol, undefined)}`
    const now = options.now().getTime()
    const found = kept.get(key)
    kept.delete(key)
    const isFresh = found !== undefined && now - found.openedAt < HOUR_MS
    const entry = isFresh ? found : { client: openExchange(exchange, symbol, options), openedAt: now }
    kept.set(key, entry)
    // What could not be opened may be opened the next time.
    entry.client.catch(() => kept.delete(key))
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT) break
      kept.delete(oldest)
    }
    return entry.client
  }
}
