import type { ExitReason, Trade } from './outcome.ts'

/** Long is 1, short −1. */
export type Direction = 1 | -1

export type Target = { price: number; quantity: number }

/** What a position is opened with. */
export type Opening = {
  direction: Direction
  price: number
  quantity: number
  margin: number
  fee: number
  signalBar: number
  bar: number
  stop: number
  targets: Target[]
  breakEvenAt: number
  breakEvenStop: number
  sizeClipped: boolean
}

/**
 * An open position. A level that is not there lies infinitely far away. The adverse side of a long is down, that of a
 * short up; `direction × price` makes the one into the other, to the bit.
 */
export class Position {
  private readonly opening: Opening
  /** Counts entries; −1 until the engine takes the path it was opened on. */
  id: number
  readonly direction: Direction
  readonly entryPrice: number
  readonly entryQuantity: number
  readonly signalBar: number
  readonly entryBar: number
  readonly stop: number
  readonly targets: readonly Target[]
  readonly breakEvenAt: number
  readonly breakEvenStop: number
  readonly sizeClipped: boolean
  quantity: number
  margin: number
  breakEven: boolean
  trail: number
  nextTarget: number
  highest: number
  lowest: number
  fees: number
  funding: number
  gross: number
  /** Σ quantity × price of its exits. */
  exitNotional: number
  lastExitPrice: number
  isOneExit: boolean

  constructor(opening: Opening) {
    this.opening = opening
    this.id = -1
    this.direction = opening.direction
    this.entryPrice = opening.price
    this.entryQuantity = opening.quantity
    this.signalBar = opening.signalBar
    this.entryBar = opening.bar
    this.stop = opening.stop
    this.targets = opening.targets
    this.breakEvenAt = opening.breakEvenAt
    this.breakEvenStop = opening.breakEvenStop
    this.sizeClipped = opening.sizeClipped
    this.quantity = opening.quantity
    this.margin = opening.margin
    this.breakEven = false
    this.trail = -opening.direction * Number.POSITIVE_INFINITY
    this.nextTarget = 0
    this.highest = opening.price
    this.lowest = opening.price
    this.fees = opening.fee
    this.funding = 0
    this.gross = 0
    this.exitNotional = 0
    this.lastExitPrice = Number.NaN
    this.isOneExit = false
  }

  /** For a path that may not be taken. */
  copy(): Position {
    const other = new Position(this.opening)
    other.id = this.id
    other.quantity = this.quantity
    other.margin = this.margin
    other.breakEven = this.breakEven
    other.trail = this.trail
    other.nextTarget = this.nextTarget
    other.highest = this.highest
    other.lowest = this.lowest
    other.fees = this.fees
    other.funding = this.funding
    other.gross = this.gross
    other.exitNotional = this.exitNotional
    other.lastExitPrice = this.lastExitPrice
    other.isOneExit = this.isOneExit
    return other
  }

  /** Margin and marked profit at `price`. */
  valueAt(price: number): number {
    return this.margin + this.direction * this.quantity * (price - this.entryPrice)
  }

  /** The stop that is nearest to the price. */
  effectiveStop(): number {
    const { direction } = this
    let level = direction * this.stop
    if (this.breakEven) level = Math.max(level, direction * this.breakEvenStop)
    return direction * Math.max(level, direction * this.trail)
  }

  stopReason(level: number): ExitReason {
    if (level === this.stop) return 'stop_loss'
    return this.breakEven && level === this.breakEvenStop ? 'break_even' : 'trailing_stop'
  }

  /** Where the margin is used up down to the maintenance margin. */
  liquidationPrice(maintenanceMarginRate: number): number {
    const { direction } = this
    const bare = this.entryPrice - (direction * this.margin) / this.quantity
    return bare / (1 - direction * maintenanceMarginRate)
  }

  /** Notes an exit of a part, or of all. */
  leave(quantity: number, price: number) {
    this.isOneExit = quantity === this.entryQuantity
    this.lastExitPrice = price
    this.exitNotional += quantity * price
  }

  see(price: number) {
    if (price > this.highest) this.highest = price
    if (price < this.lowest) this.lowest = price
  }
}

/** A position as the record of a trade, which ended, or is marked, at `exit`. */
export function tradeOf(
  position: Position,
  exit: { market: number; bar: number; time: number; reason: ExitReason },
  { timestamp, acrossGap }: { timestamp: Float64Array; acrossGap: boolean },
): Trade {
  const { direction, entryPrice, highest, lowest } = position
  const rise = (highest - entryPrice) / entryPrice
  const fall = (lowest - entryPrice) / entryPrice
  return {
    market: exit.market,
    side: direction === 1 ? 'long' : 'short',
    signalTime: timestamp[position.signalBar] as number,
    entryTime: timestamp[position.entryBar] as number,
    entryPrice,
    quantity: position.entryQuantity,
    exitTime: exit.time,
    // One exit has its price, without the rounding of a mean.
    exitPrice: position.isOneExit ? position.lastExitPrice : position.exitNotional / position.entryQuantity,
    exitReason: exit.reason,
    grossProfit: position.gross,
    fees: position.fees,
    funding: position.funding,
    netProfit: position.gross - position.fees - position.funding,
    bars: exit.bar - position.entryBar,
    maxFavourable: direction === 1 ? rise : 0 - fall,
    maxAdverse: direction === 1 ? fall : 0 - rise,
    sizeClipped: position.sizeClipped,
    acrossGap,
  }
}
