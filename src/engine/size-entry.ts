import type { Level } from '../strategies/signals.ts'
import type { Desk, EntrySignal } from './desk.ts'
import type { RefusalReason } from './outcome.ts'
import { roundDown } from './rounding.ts'
import type { RunSettings } from './settings.ts'

/** What entries of one instant are sized from. */
export type Snapshot = { equity: number; free: number; places: number }

/** What an entry is granted; filled in by `sizeEntry`. */
export type Sized = { quantity: number; stop: number; clipped: boolean }

/** How much the snapshot grants an order that fills at `price` with fees of `rate`, or why nothing. */
export function sizeEntry(
  desk: Desk,
  settings: RunSettings,
  order: EntrySignal,
  { price, rate }: { price: number; rate: number },
  { equity, free, places }: Snapshot,
  sized: Sized,
): RefusalReason | null {
  if (places <= 0) return 'max_positions'
  if (free <= 0) return 'margin'
  const stop = stopOf(desk, order, price)
  const fault = levelFault(desk, settings, order, price, stop)
  if (fault) return fault
  const unit = price * (1 / settings.leverage + rate)
  const wanted = wantedQuantity(settings.sizing, equity, price, unit, stop)
  const most = free / unit
  const clipped = most < wanted
  const quantity = roundDown(desk.steps, clipped ? most : wanted)
  if (!(quantity > 0)) return clipped ? 'margin' : 'zero_quantity'
  if (quantity * price < desk.market.instrument.minimumNotional) return clipped ? 'margin' : 'min_notional'
  sized.quantity = quantity
  sized.stop = stop
  sized.clipped = clipped
  return null
}

function stopOf(desk: Desk, { direction, signalBar }: EntrySignal, price: number): number {
  const level = desk.side(direction)?.stopLoss
  if (!level) return -direction * Number.POSITIVE_INFINITY
  return desk.levelPrice(level, price, direction === 1 ? -1 : 1, signalBar)
}

function levelFault(
  desk: Desk,
  { sizing }: RunSettings,
  { direction, signalBar }: EntrySignal,
  price: number,
  stop: number,
): RefusalReason | null {
  const written = desk.side(direction)?.takeProfit as readonly { level: Level }[]
  let isBeyond = false
  if (Number.isNaN(stop)) return 'unknown_price'
  for (const { level } of written) {
    const target = desk.levelPrice(level, price, direction, signalBar)
    if (Number.isNaN(target)) return 'unknown_price'
    if (direction * (target - price) <= 0) isBeyond = true
  }
  if (sizing.type === 'percent_at_risk' && !Number.isFinite(stop)) return 'unknown_price'
  if (direction * (price - stop) <= 0) return 'stop_beyond_price'
  return isBeyond ? 'target_beyond_price' : null
}

function wantedQuantity(
  { type, value }: RunSettings['sizing'],
  equity: number,
  price: number,
  unit: number,
  stop: number,
): number {
  if (type === 'percent_of_equity') return (equity * value) / 100 / unit
  if (type === 'fixed_quote') return value / price
  if (type === 'fixed_quantity') return value
  return (equity * value) / 100 / Math.abs(price - stop)
}
