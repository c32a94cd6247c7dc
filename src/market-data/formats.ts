import type { Formats } from '../platform/http/validation.ts'
import { parseTimestamp } from './timestamp-text.ts'

/** An instant as a query or a body names it, UTC in ms; below zero where it is none. */
export function readInstant(text: string): number {
  const bytes = Buffer.from(text)
  return parseTimestamp(bytes, 0, bytes.length)
}

/** The string formats of market data's fields. */
export const marketFormats: Formats = {
  instant: {
    test: (text) => readInstant(text) >= 0,
    problem: 'must be a time from 1970 such as 2026-01-31, 2026-01-31T12:00:00Z or 1769860800000 (UTC)',
  },
  exchange: {
    test: (text) => /^[a-z0-9_-]{1,40}$/.test(text),
    problem: 'must be 1 to 40 small letters, digits, dashes and underscores, such as binance',
  },
  symbol: {
    test: (text) => /^[A-Za-z0-9._/:-]{1,60}$/.test(text),
    problem: 'must be a symbol such as BTC/USDT, or BTC/USDT:USDT for a perpetual',
  },
}
