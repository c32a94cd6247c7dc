import type { InstrumentKind } from '../platform/database/tables.ts'
import { AppError } from '../platform/errors.ts'
import type { Candles } from './candles.ts'
import type { InstrumentFacts, TradingRules } from './instruments-repository.ts'

/**
 * Unified symbols: `BTC/USDT` is traded at once, `BTC/USDT:USDT` is a perpetual that is settled in its quote. A plain
 * name such as `BTC-PERP` says nothing; it counts as what the caller calls it.
 * @throws AppError `validation_failed` for a contract that is settled in its base
 */
export function kindOf(symbol: string, said: InstrumentKind | undefined): InstrumentKind {
  const [base, settle] = symbol.split(/[/:]/).length === 3 ? [symbol.split('/')[0], symbol.split(':')[1]] : []
  if (base !== undefined && base === settle) {
    throw new AppError('validation_failed', {
      detail: 'Inverse contracts, which are settled in their base, are not supported.',
      fields: { symbol: 'must not be an inverse contract' },
    })
  }
  return said ?? (settle === undefined ? 'spot' : 'linear')
}

const MAX_DECIMALS = 10
const DEFAULT_TICK = 0.01

/** The smallest power of ten that all prices are multiples of. */
export function guessPriceTick({ open, high, low, close }: Candles): number {
  let decimals = 0
  for (const column of [open, high, low, close]) {
    for (let bar = 0; bar < close.length; bar++) {
      const price = column[bar] as number
      while (decimals < MAX_DECIMALS && !isWhole(price * 10 ** decimals)) decimals++
    }
  }
  return Number(`1e-${decimals}`)
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-9 * Math.max(1, value)
}

const SPOT: Omit<TradingRules, 'price_tick'> = {
  quantity_step: 1e-6,
  minimum_notional: 5,
  maker_fee: 0.001,
  taker_fee: 0.001,
  maintenance_margin_rate: 0,
}
const LINEAR: Omit<TradingRules, 'price_tick'> = {
  quantity_step: 1e-3,
  minimum_notional: 5,
  maker_fee: 0.0002,
  taker_fee: 0.0005,
  maintenance_margin_rate: 0.005,
}

/** How an instrument is traded where nobody has said so: what is usual at large exchanges. */
export function usualInstrument(
  exchange: string,
  symbol: string,
  kind: InstrumentKind,
  priceTick: number = DEFAULT_TICK,
): InstrumentFacts {
  return { exchange, symbol, kind, price_tick: priceTick, ...(kind === 'spot' ? SPOT : LINEAR) }
}
