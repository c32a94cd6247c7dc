import type { Formats } from '../platform/http/formats.ts'
import { parseTimestamp } from './timestamp-text.ts'

/** An instant as a query or a body names it, UTC in ms; below zero where it is none. */
export function readInstant(text: string): number {
  const bytes = Buffer.from(text)
  return parseTimestamp(bytes, 0, bytes.length)
}

/** Times of requests end here: every stored time and every bar after it can still be written as a date. */
const END_OF_INSTANTS = Date.UTC(2200, 0)

/** The string formats of market data's fields. */
export const marketFormats: Formats = {
  instant: {
    test: (text) => {
      const time = readInstant(text)
      return time >= 0 && time < END_OF_INSTANTS
    },
    problem:
      'must be a time from 1970 to 2199 such as 2026-01-31, 2026-01-31T12:00:00Z or 1769860800000 (UTC)',
  },
  exchange: {
    test: (text) => /^[a-z0-9_-]{1,40}$/.test(text),
    pattern: '^[a-z0-9_-]{1,40}$',
    problem: 'must be 1 to 40 small letters, digits, dashes and underscores, such as binance',
  },
  symbol: {
    test: (text) => /^[A-Za-z0-9._/:-]{1,60}$/.test(text),
    pattern: '^[A-Za-z0-9._/:-]{1,60}$',
    problem: 'must be a symbol such as BTC/USDT, or BTC/USDT:USDT for a perpetual',
  },
}
