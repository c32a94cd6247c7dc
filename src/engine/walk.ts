import type { Desk, EntryOrder } from './desk.ts'
import type { ExitReason, Fill, Refusal, RefusalReason } from './outcome.ts'
import { type Direction, Position } from './position.ts'
import { nearest } from './rounding.ts'
import type { RunSettings } from './settings.ts'
import { type Snapshot, sizeEntry } from './size-entry.ts'

/** What a walk did: the cash that moved, in order, and what is to be written down. */
export type Journal = {
  flows: number[]
  fills: Fill[]
  refusals: Refusal[]
  /** What an entry took out of the free margin. */
  spent: number
  entered: boolean
  closed: Position | null
}

export function emptyJournal(): Journal {
  return { flows: [], fills: [], refusals: [], spent: 0, entered: false, closed: null }
}

const OPPOSITE = { 1: -1, '-1': 1 } as const

/**
 * One instrument's position and waiting orders as the price moves. The engine lets it walk both paths of a bar on
 * copies and keeps the one that its path rule chooses.
 */
export class Walk {
  readonly desk: Desk
  readonly settings: RunSettings
  readonly journal: Journal
  position: Position | null
  long: EntryOrder | null
  short: EntryOrder | null

  constructor(desk: Desk, settings: RunSettings) {
    this.desk = desk
    this.settings = settings
    this.journal = emptyJournal()
    this.position = desk.position?.copy() ?? null
    this.long = desk.long
    this.short = desk.short
  }

  /** The same state, to be walked on another way. */
  fork(): Walk {
    const other = new Walk(this.desk, this.settings)
    other.position = this.position?.copy() ?? null
    other.long = this.long
    other.short = this.short
    const { flows, fills, refusals, spent, entered, closed } = this.journal
    Object.assign(other.journal, {
      flows: [...flows],
      fills: fills.map((fill) => ({ ...fill })),
      refusals: [...refusals],
      spent,
      entered,
      closed,
    })
    return other
  }

  /** Flows of the walk, and what is left of the position at `price`. */
  valueAt(price: number): number {
    let value = 0
    for (const flow of this.journal.flows) value += flow
    return this.position ? value + this.position.valueAt(price) : value
  }

  /** What an open has reached: liquidation, stop, targets. */
  gap(open: number, atOpen: boolean) {
    const { position } = this
    if (!position) return
    position.see(open)
    if (this.isLiquidated(position, open)) this.liquidate(position, open, atOpen)
    else if (this.isStopped(position, open)) this.stop(position, open, atOpen)
    else this.gapTargets(position, open, atOpen)
  }

  /** Waiting orders that an open has reached; the long first. */
  enterAtOpen(open: number, atOpen: boolean, snapshot: Snapshot) {
    for (const order of [this.long, this.short]) {
      if (!this.position && order && isReachedAtOpen(order, open)) {
        const price = this.openPrice(order, open)
        this.enter(order, price, 'taker', atOpen, snapshot)
      }
    }
  }

  /** A straight line of the path. */
  line(from: number, to: number, snapshot: Snapshot) {
    if (from === to) return
    let at = from
    if (!this.position) at = this.meetOrders(from, to, snapshot)
    if (this.position) this.moveOn(this.position, at, to)
  }

  /** Closes all of the position at a market price, before slippage. */
  closeAtMarket(price: number, reason: ExitReason, atOpen: boolean) {
    const { position } = this
    if (!position) return
    position.see(price)
    const fill = this.desk.slipped(price, OPPOSITE[position.direction], this.settings.slippage)
    this.exit(position, position.quantity, { price: fill, reason, liquidity: 'taker', atOpen })
  }

  refuse(order: EntryOrder, reason: RefusalReason) {
    const { desk } = this
    const side = order.direction === 1 ? 'long' : 'short'
    this.journal.refusals.push({ market: desk.index, side, time: this.time, reason })
    if (order.direction === 1) this.long = null
    else this.short = null
  }

  private get time(): number {
    return this.desk.candles.timestamp[this.desk.bar] as number
  }

  private openPrice(order: EntryOrder, open: number): number {
    const price = this.desk.slipped(open, order.direction, this.settings.slippage)
    if (order.type !== 'limit') return price
    return order.direction === 1 ? Math.min(price, order.price) : Math.max(price, order.price)
  }

  /** Fills the orders that the line meets. Returns where on it the position begins. */
  private meetOrders(from: number, to: number, snapshot: Snapshot): number {
    const rising = to > from
    const met = [this.long, this.short].filter(
      (order): order is EntryOrder => order !== null && isMet(order, to, rising, this.settings.limitFill),
    )
    const way = rising ? 1 : -1
    met.sort((a, b) => way * (a.price - b.price))
    for (const order of met) {
      const maker = order.type === 'limit'
      const price = maker
        ? order.price
        : this.desk.slipped(order.price, order.direction, this.settings.slippage)
      if (this.enter(order, price, maker ? 'maker' : 'taker', false, snapshot)) return order.price
    }
    return to
  }

  /** The position on the line from `at` to `to`. */
  private moveOn(position: Position, at: number, to: number) {
    position.see(at)
    this.protect(position)
    if (this.isLiquidated(position, at)) return this.liquidate(position, at, false)
    if (this.isStopped(position, at)) return this.stop(position, at, false)
    if (position.direction * (to - at) > 0) this.gain(position, to)
    else if (to !== at) this.lose(position, to)
  }

  private gain(position: Position, to: number) {
    const { direction, targets } = position
    while (position.nextTarget < targets.length) {
      const target = targets[position.nextTarget] as Position['targets'][number]
      const past = direction * (to - target.price)
      if (past < 0 || (past === 0 && this.settings.limitFill === 'through')) break
      position.nextTarget++
      position.see(target.price)
      const quantity = Math.min(target.quantity, position.quantity)
      this.exit(position, quantity, {
        price: target.price,
        reason: 'take_profit',
        liquidity: 'maker',
        atOpen: false,
      })
      if (!this.position) return
    }
    position.see(to)
    this.protect(position)
  }

  private lose(position: Position, to: number) {
    const { direction } = position
    const stop = position.effectiveStop()
    const liquidation = this.liquidationOf(position)
    const level = direction === 1 ? Math.max(stop, liquidation) : Math.min(stop, liquidation)
    if (direction * (to - level) > 0) return position.see(to)
    position.see(level)
    if (level === liquidation) this.liquidate(position, level, false)
    else this.stop(position, level, false)
  }

  /** Break-even and trailing stop follow the best price. */
  private protect(position: Position) {
    const { direction } = position
    const best = direction === 1 ? position.highest : position.lowest
    if (direction * (best - position.breakEvenAt) >= 0) position.breakEven = true
    this.desk.pullTrail(position)
  }

  private liquidationOf(position: Position): number {
    if (!this.desk.hasLiquidation) return -position.direction * Number.POSITIVE_INFINITY
    return position.liquidationPrice(this.desk.market.instrument.maintenanceMarginRate)
  }

  private isLiquidated(position: Position, price: number): boolean {
    return position.direction * (price - this.liquidationOf(position)) <= 0
  }

  private isStopped(position: Position, price: number): boolean {
    return position.direction * (price - position.effectiveStop()) <= 0
  }

  private stop(position: Position, price: number, atOpen: boolean) {
    const reason = position.stopReason(position.effectiveStop())
    const fill = this.desk.slipped(price, OPPOSITE[position.direction], this.settings.slippage)
    this.exit(position, position.quantity, { price: fill, reason, liquidity: 'taker', atOpen })
  }

  liquidate(position: Position, price: number, atOpen: boolean) {
    this.loseMargin(position, position.quantity, price, atOpen)
  }

  private gapTargets(position: Position, open: number, atOpen: boolean) {
    const { direction, targets } = position
    const improves = this.settings.path === 'best_case' || this.settings.path === 'nearest_extreme'
    while (this.position && position.nextTarget < targets.length) {
      const target = targets[position.nextTarget] as Position['targets'][number]
      const past = direction * (open - target.price)
      if (past < 0 || (past === 0 && !improves && this.settings.limitFill === 'through')) return
      position.nextTarget++
      const quantity = Math.min(target.quantity, position.quantity)
      const price = improves ? this.improved(target.price, open, direction) : target.price
      const liquidity = improves ? 'taker' : 'maker'
      this.exit(position, quantity, { price, reason: 'take_profit', liquidity, atOpen })
    }
  }

  private improved(target: number, open: number, direction: Direction): number {
    const slipped = this.desk.slipped(open, OPPOSITE[direction], this.settings.slippage)
    return direction === 1 ? Math.max(slipped, target) : Math.min(slipped, target)
  }

  private feeRate(liquidity: Fill['liquidity']): number {
    const { makerFee, takerFee } = this.desk.market.instrument
    return liquidity === 'maker' ? makerFee : takerFee
  }

  private exit(
    position: Position,
    quantity: number,
    how: { price: number; reason: ExitReason; liquidity: Fill['liquidity']; atOpen: boolean },
  ) {
    const { direction, entryPrice } = position
    const part = partOfMargin(position, quantity)
    const profit = direction * quantity * (how.price - entryPrice)
    const fee = quantity * how.price * this.feeRate(how.liquidity)
    const flow = part + profit - fee
    if (this.desk.hasLiquidation && flow <= 0) {
      this.loseMargin(position, quantity, how.price, how.atOpen)
      return
    }
    position.gross += profit
    position.fees += fee
    this.take(position, quantity, part, flow, { ...how, fee })
  }

  private loseMargin(position: Position, quantity: number, price: number, atOpen: boolean) {
    const part = partOfMargin(position, quantity)
    position.gross -= part
    this.take(position, quantity, part, 0, {
      price,
      reason: 'liquidation',
      liquidity: 'taker',
      atOpen,
      fee: 0,
    })
  }

  private take(
    position: Position,
    quantity: number,
    part: number,
    flow: number,
    how: Pick<Fill, 'price' | 'liquidity' | 'atOpen' | 'fee'> & { reason: ExitReason },
  ) {
    position.margin -= part
    position.leave(quantity, how.price)
    this.journal.flows.push(flow)
    this.record(position, 'exit', quantity, how)
    if (quantity < position.quantity) {
      position.quantity = nearest(this.desk.steps, position.quantity - quantity)
      if (position.quantity > 0) return
    }
    position.quantity = 0
    this.position = null
    this.journal.closed = position
  }

  private record(
    position: Position,
    kind: Fill['kind'],
    quantity: number,
    how: Pick<Fill, 'price' | 'liquidity' | 'atOpen' | 'fee' | 'reason'>,
  ) {
    this.journal.fills.push({
      market: this.desk.index,
      trade: position.id,
      kind,
      side: position.direction === 1 ? 'long' : 'short',
      time: this.time,
      price: how.price,
      quantity,
      fee: how.fee,
      liquidity: how.liquidity,
      reason: how.reason,
      atOpen: how.atOpen,
    })
  }

  /** Opens a position, or refuses the order. */
  private enter(
    order: EntryOrder,
    price: number,
    liquidity: Fill['liquidity'],
    atOpen: boolean,
    snapshot: Snapshot,
  ): boolean {
    const rate = this.feeRate(liquidity)
    const sized = { quantity: 0, stop: 0, clipped: false }
    const refusal = sizeEntry(this.desk, this.settings, order, { price, rate }, snapshot, sized)
    if (refusal) {
      this.refuse(order, refusal)
      return false
    }
    const { desk } = this
    const notional = sized.quantity * price
    const margin = notional / this.settings.leverage
    const fee = notional * rate
    const away = order.direction
    const { breakEvenAtPercent } = this.settings.limits
    const position = new Position({
      direction: away,
      price,
      quantity: sized.quantity,
      margin,
      fee,
      signalBar: order.signalBar,
      bar: desk.bar,
      stop: sized.stop,
      targets: desk.targetsOf(order, price, sized.quantity),
      breakEvenAt:
        breakEvenAtPercent === null
          ? away * Number.POSITIVE_INFINITY
          : price * (1 + (away * breakEvenAtPercent) / 100),
      breakEvenStop: nearest(desk.ticks, price),
      sizeClipped: sized.clipped,
    })
    desk.readTrailDistance(away)
    desk.pullTrail(position)
    this.position = position
    this.journal.flows.push(-(margin + fee))
    this.journal.spent = margin + fee
    this.journal.entered = true
    this.record(position, 'entry', sized.quantity, { price, liquidity, fee, reason: 'entry_rule', atOpen })
    const other = order.direction === 1 ? this.short : this.long
    if (other) this.refuse(other, 'other_side_filled')
    this.long = null
    this.short = null
    return true
  }
}

function partOfMargin(position: Position, quantity: number): number {
  return quantity === position.quantity ? position.margin : (position.margin * quantity) / position.quantity
}

/** Whether an open fills an order at the open. */
export function isReachedAtOpen(order: EntryOrder, open: number): boolean {
  if (order.type === 'market') return true
  const past = order.direction * (open - order.price)
  return order.type === 'limit' ? past <= 0 : past >= 0
}

/** Whether a line that ends at `to` fills a waiting order. */
function isMet(order: EntryOrder, to: number, rising: boolean, limitFill: RunSettings['limitFill']): boolean {
  const past = order.direction * (to - order.price)
  const up = order.direction === 1
  if (order.type === 'stop') return rising === up && past >= 0
  return rising !== up && (limitFill === 'through' ? past < 0 : past <= 0)
}
