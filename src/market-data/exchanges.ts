import type { Timeframe } from './timeframe.ts'

/** An exchange whose public API gives history, by its name in ccxt. */
export type Exchange = {
  id: string
  name: string
  timeframes: readonly Timeframe[]
  hasFunding: boolean
  /** Candles that it gives at once. */
  pageSize: number
}

const MINUTES = ['1m', '5m', '15m', '30m', '1h'] as const
const COMMON = [...MINUTES, '4h', '1d'] as const

/** Written down, so that nobody has to load ccxt to know it; a test compares. */
export const EXCHANGES: readonly Exchange[] = [
  exchange('binance', 'Binance', ['1s', '3m', ...COMMON, '2h', '6h', '8h', '12h', '1w', '1M'], true, 1_000),
  exchange(
    'binanceus',
    'Binance US',
    ['1s', '3m', ...COMMON, '2h', '6h', '8h', '12h', '1w', '1M'],
    false,
    1_000,
  ),
  exchange('bitfinex', 'Bitfinex', [...MINUTES, '6h', '12h', '1d', '1w', '1M'], true, 1_000),
  exchange('bitget', 'Bitget', ['3m', ...COMMON, '2h', '6h', '12h', '1w', '1M'], true, 200),
  exchange('bitstamp', 'Bitstamp', ['3m', ...COMMON, '2h', '6h', '12h', '1w'], true, 1_000),
  exchange('bitvavo', 'Bitvavo', [...COMMON, '2h', '6h', '8h', '12h'], false, 1_000),
  exchange('bybit', 'Bybit', ['3m', ...COMMON, '2h', '6h', '12h', '1w', '1M'], true, 1_000),
  exchange('coinbase', 'Coinbase Advanced', [...MINUTES, '2h', '6h', '1d'], false, 300),
  exchange('gate', 'Gate', [...COMMON, '2h', '8h', '1w'], true, 900),
  exchange('htx', 'HTX', [...COMMON, '1w', '1M'], true, 1_000),
  exchange('hyperliquid', 'Hyperliquid', ['3m', ...COMMON, '2h', '8h', '12h', '1w', '1M'], true, 1_000),
  exchange('kraken', 'Kraken', [...COMMON, '1w'], false, 720),
  exchange('kucoin', 'KuCoin', ['3m', ...COMMON, '2h', '6h', '8h', '12h', '1w', '1M'], true, 1_000),
  exchange('mexc', 'MEXC Global', [...COMMON, '8h', '1w', '1M'], true, 500),
  exchange('okx', 'OKX', ['3m', ...COMMON, '2h', '6h', '12h', '1w', '1M'], true, 100),
]

function exchange(
  id: string,
  name: string,
  timeframes: readonly Timeframe[],
  hasFunding: boolean,
  pageSize: number,
): Exchange {
  return { id, name, timeframes, hasFunding, pageSize }
}

export function findExchange(id: string): Exchange | undefined {
  return EXCHANGES.find((known) => known.id === id)
}
