import type { Account } from './account.ts'
import type { Desk } from './desk.ts'
import type { ExitReason, RefusalReason } from './outcome.ts'
import { EXIT_REASONS, FILL_AT, TRADE_AT } from './outcome-records.ts'
import { type Direction, Position } from './position.ts'
import { passLong, passShort } from './quiet-bars.ts'
import { nearest } from './rounding.ts'
import type { RunSettings } from './settings.ts'
import { type Sized, type Snapshot, sizeEntry } from './size-entry.ts'

/** Instants after which the run looks up again: some milliseconds. */
const MOST_BARS = 250_000

/** Numbers of words in the records. */
const ENTRY_FILL = { kind: 0, reason: EXIT_REASONS.length }
const EXIT_KIND = 1
const MAKER = 0
const TAKER = 1
const INSIDE = 0
const AT_OPEN = 1

/** Whether a run is one that `FixedLevels` knows the rules of. */
export function hasFixedLevels(desks: readonly Desk[], { path, limits }: RunSettings): boolean {
  const [desk] = desks
  if (desks.length !== 1 || !desk || desk.market.funding !== null) return false
  const isWorst = path === 'worst_case' || (path === 'stored' && desk.market.finer === null)
  const { breakEvenAtPercent, dailyLossPercent, maxDrawdownPercent } = limits
  if (!isWorst || breakEvenAtPercent !== null || dailyLossPercent !== null || maxDrawdownPercent !== null) {
    return false
  }
  return ([1, -1] as const).every((direction) => {
    const side = desk.side(direction)
    if (side === null) return true
    const [target, ...others] = side.takeProfit
    if (others.length > 0 || (target && target.quantityPercent !== 100)) return false
    return side.order.type === 'market' && side.trailingStop === null && desk.exitMask(direction) !== null
  })
}

/**
 * The most usual run, without an object for each trade: one instrument, entries at the market, a stop and a target that
 * stay where they are, the worst path. What it does not know (a liquidation, ruin, the run's last bar) it leaves to the
 * general rules, as if it had not begun with that bar.
 */
export class FixedLevels {
  private readonly desk: Desk
  private readonly settings: RunSettings
  private readonly account: Account
  private readonly snapshot: Snapshot = { equity: 0, free: 0, places: 0 }
  private readonly sized: Sized = { quantity: 0, stop: 0, clipped: false }
  /** Instants are bars and this. */
  private shift = 0
  /** First bar that is left to the general rules. */
  private stopBar = 0
  /** First bar whose entry rules have not been looked at. */
  private undecided = 0
  /** First bar whose equity is not marked. */
  private unmarked = 0

  // The position. Levels are times the direction.
  private direction: Direction = 1
  private trade = 0
  private signalBar = 0
  private entryBar = 0
  private entryPrice = 0
  private quantity = 0
  private margin = 0
  private entryFee = 0
  private stop = 0
  private target = 0
  private liquidation = 0
  private highest = 0
  private lowest = 0
  private readonly stretch = { highest: 0, lowest: 0 }

  constructor(desk: Desk, settings: RunSettings, account: Account) {
    this.desk = desk
    this.settings = settings
    this.account = account
  }

  /** Goes on from a flat close, with nothing queued. Returns the instant at which the general rules go on. */
  advance(at: number): number {
    const { desk } = this
    const first = desk.bar + 1
    this.shift = at - first
    this.stopBar = Math.min(desk.endBar - 1, first + MOST_BARS)
    this.undecided = first
    this.unmarked = first
    while (this.trades()) {}
    return desk.bar + 1 + this.shift
  }

  /** One entry signal and what comes of it. False where the general rules go on. */
  private trades(): boolean {
    const { desk, account } = this
    const signal = desk.nextSignal(this.undecided)
    const flatUntil = Math.min(signal, this.stopBar)
    if (signal + 1 >= this.stopBar) {
      this.markFlat(flatUntil)
      desk.bar = flatUntil - 1
      account.lastEquity = account.ledger.cash
      return false
    }
    this.markFlat(signal + 1)
    this.undecided = signal + 1
    const isLong = desk.nextEntry(1, signal) === signal
    if (isLong && desk.nextEntry(-1, signal) === signal) return this.refuse(1, 'conflict', signal)
    const direction = isLong ? 1 : -1
    const { cooldownBars } = this.settings.limits
    if (cooldownBars > 0 && signal < desk.exitBar + cooldownBars) {
      return this.refuse(direction, 'cooldown', signal)
    }
    const refusal = this.enter(direction, signal)
    return refusal ? this.refuse(direction, refusal, signal + 1) : this.hold()
  }

  private markFlat(until: number) {
    if (until <= this.unmarked) return
    this.account.equity.fill(this.account.ledger.cash, this.unmarked + this.shift, until + this.shift)
    this.unmarked = until
  }

  private refuse(direction: Direction, reason: RefusalReason, bar: number): true {
    const { desk } = this
    const time = desk.candles.timestamp[bar] as number
    this.account.ledger.refuse({ market: desk.index, side: direction === 1 ? 'long' : 'short', time, reason })
    return true
  }

  private enter(direction: Direction, signalBar: number): RefusalReason | null {
    const { desk, settings, snapshot, sized } = this
    const { ledger } = this.account
    const bar = signalBar + 1
    const { takerFee: rate, maintenanceMarginRate } = desk.market.instrument
    const price = desk.slipped(desk.candles.open[bar] as number, direction, settings.slippage)
    snapshot.equity = ledger.cash
    snapshot.free = ledger.cash
    snapshot.places = settings.limits.maxOpenPositions ?? Number.POSITIVE_INFINITY
    const refusal = sizeEntry(desk, settings, { direction, signalBar }, { price, rate }, snapshot, sized)
    if (refusal) return refusal
    const { quantity } = sized
    const notional = quantity * price
    const margin = notional / settings.leverage
    const target = desk.side(direction)?.takeProfit[0]
    this.direction = direction
    this.signalBar = signalBar
    this.entryBar = bar
    this.entryPrice = price
    this.quantity = quantity
    this.margin = margin
    this.entryFee = notional * rate
    this.stop = direction * sized.stop
    this.target = target
      ? direction * desk.levelPrice(target.level, price, direction, signalBar)
      : Number.POSITIVE_INFINITY
    const bare = price - (direction * margin) / quantity
    this.liquidation = desk.hasLiquidation
      ? direction * (bare / (1 - direction * maintenanceMarginRate))
      : Number.NEGATIVE_INFINITY
    this.highest = price
    this.lowest = price
    this.trade = ledger.beginTrade()
    ledger.cash += -(margin + this.entryFee)
    this.noteFill(bar, ENTRY_FILL.kind, ENTRY_FILL.reason, price, this.entryFee, TAKER, AT_OPEN)
    return null
  }

  /** Holds the position until it is closed. False where the general rules go on, with the position or without. */
  private hold(): boolean {
    const { desk, direction, entryBar } = this
    const exit = desk.exitMask(direction) as Uint8Array
    const { maxBars } = this.settings.limits
    const longest = maxBars === null ? Number.POSITIVE_INFINITY : entryBar + maxBars - 1
    let bar = entryBar - 1
    let closed: boolean | null
    do {
      bar = this.passQuietBars(bar + 1, Math.min(longest, this.stopBar - 1), exit)
      closed = bar + 1 < this.stopBar ? this.resolve(bar) : null
    } while (closed === false && exit[bar] !== 1 && bar < longest)
    if (closed === false) closed = this.exitAtOpen(bar + 1, exit[bar] === 1 ? 'exit_rule' : 'max_bars')
    if (closed === null) this.leaveTo(bar)
    return closed === true
  }

  /** Marks bars in which nothing can happen, up to `end`. Returns the bar at which something may. */
  private passQuietBars(from: number, end: number, exit: Uint8Array): number {
    const { direction, margin, entryPrice, shift, stretch } = this
    const { equity, ledger } = this.account
    stretch.highest = this.highest
    stretch.lowest = this.lowest
    const { high, low, close } = this.desk.candles
    const adverse = direction * Math.max(this.stop, this.liquidation)
    const pass = direction === 1 ? passLong : passShort
    const money = { cash: ledger.cash, margin, signed: direction * this.quantity, entryPrice }
    const bar = pass(
      high,
      low,
      close,
      equity,
      exit,
      from,
      end,
      shift,
      adverse,
      direction * this.target,
      money,
      stretch,
    )
    this.highest = stretch.highest
    this.lowest = stretch.lowest
    return bar
  }

  /**
   * A bar at which something may happen: true where it closed the position, false where nothing came of it and the
   * equity is marked, null where the general rules are needed.
   */
  private resolve(bar: number): boolean | null {
    const { candles } = this.desk
    const { direction, stop, target, liquidation } = this
    const isLong = direction === 1
    const open = direction * (candles.open[bar] as number)
    const worst = direction * ((isLong ? candles.low : candles.high)[bar] as number)
    const best = direction * ((isLong ? candles.high : candles.low)[bar] as number)
    const touches = this.settings.limitFill === 'touch'
    this.see(direction * open)
    if (open <= liquidation || (worst <= liquidation && liquidation >= stop)) return null
    if (open <= stop) return this.stopOut(bar, open, AT_OPEN)
    if (open > target || (touches && open === target)) return this.takeProfit(bar, AT_OPEN)
    const stops = worst <= stop
    const takes = best > target || (touches && best === target)
    if (stops && takes) return this.worseOf(bar)
    // Of paths that come to the same the one with the high first is taken.
    if (stops) return this.stopOut(bar, stop, INSIDE, isLong ? best : stop)
    if (takes) return this.takeProfit(bar, INSIDE, isLong ? target : worst)
    return this.markHeld(bar, worst, best)
  }

  private markHeld(bar: number, worst: number, best: number): false | null {
    const { account, direction } = this
    const value = account.ledger.cash + this.valueAt(this.desk.candles.close[bar] as number)
    if (value <= 0) return null
    this.see(direction * worst)
    this.see(direction * best)
    account.equity[bar + this.shift] = value
    return false
  }

  /** Margin and marked profit. */
  private valueAt(price: number): number {
    return this.margin + this.direction * this.quantity * (price - this.entryPrice)
  }

  /** Both levels inside one bar. */
  private worseOf(bar: number): true | null {
    const { makerFee, takerFee } = this.desk.market.instrument
    const stopped = this.flowAt(this.slippedExit(this.stop), takerFee)
    const taken = this.flowAt(this.direction * this.target, makerFee)
    const takes = taken === stopped ? this.direction === 1 : taken < stopped
    const closed = takes ? this.takeProfit(bar, INSIDE) : this.stopOut(bar, this.stop, INSIDE)
    if (closed && taken !== stopped) this.account.ledger.ambiguousBars++
    return closed
  }

  /** @param level where the price met the stop, `seen` how far it was before, both times the direction */
  private stopOut(bar: number, level: number, moment: number, seen = level): true | null {
    const price = this.slippedExit(level)
    return this.close(bar, price, 'stop_loss', TAKER, moment, seen, level)
  }

  private takeProfit(bar: number, moment: number, seen = this.target): true | null {
    const { target, direction } = this
    // At an open beyond it the target itself was never traded at.
    const met = moment === AT_OPEN ? direction * (this.desk.candles.open[bar] as number) : target
    return this.close(
      bar,
      direction * target,
      'take_profit',
      MAKER,
      moment,
      moment === AT_OPEN ? met : seen,
      met,
    )
  }

  private exitAtOpen(bar: number, reason: 'exit_rule' | 'max_bars'): true | null {
    const open = this.direction * (this.desk.candles.open[bar] as number)
    const closed = this.close(bar, this.slippedExit(open), reason, TAKER, AT_OPEN, open, open)
    // The close at which the exit was decided decides on an entry too.
    if (closed) this.undecided = bar - 1
    return closed
  }

  private slippedExit(level: number): number {
    const { direction } = this
    return this.desk.slipped(direction * level, direction === 1 ? -1 : 1, this.settings.slippage)
  }

  /** Cash that comes back at an exit. */
  private flowAt(price: number, rate: number): number {
    const { direction, quantity } = this
    return this.margin + direction * quantity * (price - this.entryPrice) - quantity * price * rate
  }

  /** Closes the position, unless that would take more than its margin. The prices it saw are times the direction. */
  private close(
    bar: number,
    price: number,
    reason: ExitReason,
    liquidity: number,
    moment: number,
    seen: number,
    level: number,
  ): true | null {
    const { desk, direction } = this
    const { ledger } = this.account
    const { makerFee, takerFee } = desk.market.instrument
    const rate = liquidity === MAKER ? makerFee : takerFee
    const flow = this.flowAt(price, rate)
    if ((desk.hasLiquidation && flow <= 0) || ledger.cash + flow <= 0) return null
    this.see(direction * seen)
    this.see(direction * level)
    ledger.cash += flow
    desk.exitBar = bar
    this.undecided = bar
    this.unmarked = bar
    const fee = this.quantity * price * rate
    this.noteFill(bar, EXIT_KIND, EXIT_REASONS.indexOf(reason), price, fee, liquidity, moment)
    this.noteTrade(bar, price, EXIT_REASONS.indexOf(reason), fee)
    return true
  }

  private noteFill(
    bar: number,
    kind: number,
    reason: number,
    price: number,
    fee: number,
    liquidity: number,
    moment: number,
  ) {
    const { fills } = this.account.ledger
    const begin = fills.add()
    const { values } = fills
    values[begin + FILL_AT.market] = this.desk.index
    values[begin + FILL_AT.trade] = this.trade
    values[begin + FILL_AT.kind] = kind
    values[begin + FILL_AT.side] = this.direction === 1 ? 1 : 0
    values[begin + FILL_AT.time] = this.desk.candles.timestamp[bar] as number
    values[begin + FILL_AT.price] = price
    values[begin + FILL_AT.quantity] = this.quantity
    values[begin + FILL_AT.fee] = fee
    values[begin + FILL_AT.liquidity] = liquidity
    values[begin + FILL_AT.reason] = reason
    values[begin + FILL_AT.atOpen] = moment
  }

  private noteTrade(bar: number, exitPrice: number, reason: number, exitFee: number) {
    const { desk, direction, entryPrice, quantity } = this
    const { timestamp } = desk.candles
    // No loss of −0.
    const gross = 0 + direction * quantity * (exitPrice - entryPrice)
    const fees = this.entryFee + exitFee
    const rise = (this.highest - entryPrice) / entryPrice
    const fall = (this.lowest - entryPrice) / entryPrice
    const { trades } = this.account.ledger
    const begin = trades.add()
    const { values } = trades
    values[begin + TRADE_AT.market] = desk.index
    values[begin + TRADE_AT.side] = direction === 1 ? 1 : 0
    values[begin + TRADE_AT.signalTime] = timestamp[this.signalBar] as number
    values[begin + TRADE_AT.entryTime] = timestamp[this.entryBar] as number
    values[begin + TRADE_AT.entryPrice] = entryPrice
    values[begin + TRADE_AT.quantity] = quantity
    values[begin + TRADE_AT.exitTime] = timestamp[bar] as number
    values[begin + TRADE_AT.exitPrice] = exitPrice
    values[begin + TRADE_AT.exitReason] = reason
    values[begin + TRADE_AT.grossProfit] = gross
    values[begin + TRADE_AT.fees] = fees
    values[begin + TRADE_AT.funding] = 0
    values[begin + TRADE_AT.netProfit] = gross - fees
    values[begin + TRADE_AT.bars] = bar - this.entryBar
    values[begin + TRADE_AT.maxFavourable] = direction === 1 ? rise : 0 - fall
    values[begin + TRADE_AT.maxAdverse] = direction === 1 ? fall : 0 - rise
    values[begin + TRADE_AT.sizeClipped] = this.sized.clipped ? 1 : 0
    values[begin + TRADE_AT.acrossGap] = desk.hasGap(this.entryBar, bar) ? 1 : 0
    this.account.ledger.endTrade(this.trade)
  }

  /** Hands the position over to the general rules, as it was before `bar`. */
  private leaveTo(bar: number) {
    const { desk, account, direction, entryPrice: price, quantity, signalBar } = this
    const position = new Position({
      direction,
      price,
      quantity,
      margin: this.margin,
      fee: this.entryFee,
      signalBar,
      bar: this.entryBar,
      stop: direction * this.stop,
      targets: desk.targetsOf({ direction, signalBar }, price, quantity),
      breakEvenAt: direction * Number.POSITIVE_INFINITY,
      breakEvenStop: nearest(desk.ticks, price),
      sizeClipped: this.sized.clipped,
    })
    position.id = this.trade
    position.see(this.highest)
    position.see(this.lowest)
    desk.position = position
    desk.bar = bar - 1
    desk.refreshLevels()
    account.lastEquity = account.equity[bar - 1 + this.shift] as number
  }

  private see(price: number) {
    if (price > this.highest) this.highest = price
    if (price < this.lowest) this.lowest = price
  }
}
