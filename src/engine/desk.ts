import { type Candles, firstBarFrom } from '../market-data/candles.ts'
import { periodEnd, periodsBetween } from '../market-data/timeframe.ts'
import type { Level, PositionValues, SideSignals } from '../strategies/signals.ts'
import type { Market } from './market.ts'
import type { ExitReason } from './outcome.ts'
import type { Direction, Position, Target } from './position.ts'
import { type Grid, gridOf, nearest, roundDown, roundUp } from './rounding.ts'
import type { RunSettings } from './settings.ts'

/** An entry that was queued or waits. `price` is NaN for a market order. */
export type EntryOrder = {
  direction: Direction
  type: 'market' | 'limit' | 'stop'
  price: number
  signalBar: number
  /** Last bar in which it may fill. */
  lastBar: number
  rank: number
}

/** Which way an entry goes, and the bar at whose close that was known. */
export type EntrySignal = Pick<EntryOrder, 'direction' | 'signalBar'>

/** What a strategy says, unless it says nothing for this side. */
export function sideOf(market: Market, direction: Direction): SideSignals | null {
  return direction === 1 ? market.signals.long : market.signals.short
}

/**
 * One instrument of a run: where it stands in its bars, what is open, queued and waiting. Bars are indices of
 * `candles`.
 */
export class Desk {
  readonly index: number
  readonly market: Market
  readonly candles: Candles
  readonly ticks: Grid
  readonly steps: Grid
  readonly hasLiquidation: boolean
  /** First bar of the run, and the one after its last. */
  readonly firstBar: number
  readonly endBar: number
  /** Current bar; before the first it is `firstBar` − 1. */
  bar: number
  position: Position | null = null
  queuedExit: ExitReason | null = null
  long: EntryOrder | null = null
  short: EntryOrder | null = null
  /** Bar of the last exit. */
  exitBar = Number.NEGATIVE_INFINITY
  /** First funding time that is not past. */
  nextFunding = 0
  /** Prices, times the direction, between which nothing happens to the position. */
  adverse = Number.NEGATIVE_INFINITY
  favourable = Number.POSITIVE_INFINITY
  private noExit: Uint8Array | null = null
  /** What `nextEntry` has found, long and short. */
  private readonly nextEntries = new Float64Array(2).fill(-1)
  private readonly values: PositionValues = {
    entryPrice: 0,
    barsInPosition: 0,
    positionReturn: 0,
    highestSinceEntry: 0,
    lowestSinceEntry: 0,
  }
  /** Distance of the trailing stop in this bar, as known at the previous close. */
  trailDistance = Number.NaN

  constructor(index: number, market: Market, settings: Pick<RunSettings, 'from' | 'to'>) {
    this.index = index
    this.market = market
    this.candles = market.candles
    this.ticks = gridOf(market.instrument.priceTick)
    this.steps = gridOf(market.instrument.quantityStep)
    this.hasLiquidation = market.instrument.kind === 'linear'
    this.firstBar = firstBarFrom(market.candles, settings.from)
    this.endBar = firstBarFrom(market.candles, settings.to)
    this.bar = this.firstBar - 1
  }

  get time(): number {
    return this.candles.timestamp[this.bar] as number
  }

  get hasOrders(): boolean {
    return this.long !== null || this.short !== null
  }

  /** Whether bars are missing between two bars. */
  hasGap(from: number, to: number): boolean {
    const { timestamp } = this.candles
    const [start, end] = [timestamp[from] as number, timestamp[to] as number]
    return periodsBetween(start, end, this.market.timeframe) !== to - from
  }

  side(direction: Direction): SideSignals | null {
    return sideOf(this.market, direction)
  }

  /** Price of a buy (`direction` 1) or sell (−1) as taker. */
  slipped(price: number, direction: Direction, slippage: RunSettings['slippage']): number {
    if (slippage.value === 0) return price
    const raw =
      slippage.type === 'percent'
        ? price * (1 + (direction * slippage.value) / 100)
        : price + direction * slippage.value * this.ticks.step
    return direction === 1 ? roundUp(this.ticks, raw) : roundDown(this.ticks, raw)
  }

  /** Where a level lies `away` from a fill: 1 above it, −1 below it. NaN where it is unknown. */
  levelPrice(level: Level, price: number, away: Direction, signalBar: number): number {
    if (level.type === 'percent') return nearest(this.ticks, price * (1 + (away * level.value) / 100))
    const value = level.column[signalBar] as number
    return nearest(this.ticks, level.type === 'price' ? value : price + away * value)
  }

  /** Targets of a fill, nearest first. */
  targetsOf({ direction, signalBar }: EntrySignal, price: number, quantity: number): Target[] {
    const { takeProfit: written } = this.side(direction) as SideSignals
    const priced = written.map(({ level, quantityPercent }) => ({
      price: this.levelPrice(level, price, direction, signalBar),
      percent: quantityPercent,
    }))
    priced.sort((a, b) => direction * (a.price - b.price))
    const total = priced.reduce((sum, { percent }) => sum + percent, 0)
    const takesAll = Math.abs(total - 100) <= 1e-9
    const quantityOf = (percent: number, at: number) =>
      takesAll && at === priced.length - 1
        ? Number.POSITIVE_INFINITY
        : roundDown(this.steps, (quantity * percent) / 100)
    return priced
      .map((target, at) => ({ price: target.price, quantity: quantityOf(target.percent, at) }))
      .filter((target) => target.quantity > 0)
  }

  /** First bar from `from` on at which a side's entry rule is true, infinite where none is. */
  nextEntry(direction: Direction, from: number): number {
    const at = direction === 1 ? 0 : 1
    if ((this.nextEntries[at] as number) < from) {
      const found = this.side(direction)?.entry.indexOf(1, from) ?? -1
      this.nextEntries[at] = found === -1 ? Number.POSITIVE_INFINITY : found
    }
    return this.nextEntries[at] as number
  }

  /** First bar from `from` on at which any entry rule is true. */
  nextSignal(from: number): number {
    return Math.min(this.nextEntry(1, from), this.nextEntry(-1, from))
  }

  /** Goes on to the next bar if that is at `time`. */
  moveTo(time: number): boolean {
    const next = this.bar + 1
    if (next >= this.endBar || this.candles.timestamp[next] !== time) return false
    this.bar = next
    return true
  }

  /** To be called when the position's levels have changed. */
  refreshLevels() {
    const { position } = this
    if (!position) return
    const { direction } = position
    const stop = direction * position.effectiveStop()
    this.adverse = this.hasLiquidation
      ? Math.max(stop, direction * position.liquidationPrice(this.market.instrument.maintenanceMarginRate))
      : stop
    const target = position.targets[position.nextTarget]
    const reward = target ? direction * target.price : Number.POSITIVE_INFINITY
    this.favourable = position.breakEven ? reward : Math.min(reward, direction * position.breakEvenAt)
  }

  /** Whether a move to the worst and best of two prices may change the position in any way but its extremes. */
  isReached(worst: number, best: number): boolean {
    const { direction } = this.position as Position
    return direction * worst <= this.adverse || direction * best >= this.favourable
  }

  /** Takes the position through a bar that reaches none of its levels; false, and nothing done, where it does. */
  passesQuietly(): boolean {
    const position = this.position as Position
    const high = this.candles.high[this.bar] as number
    const low = this.candles.low[this.bar] as number
    const [worst, best] = position.direction === 1 ? [low, high] : [high, low]
    if (this.isReached(worst, best)) return false
    if (this.side(position.direction)?.trailingStop) {
      const trail = this.trailAt(position, best)
      if (position.direction * (worst - trail) <= 0) return false
    }
    position.see(high)
    position.see(low)
    this.pullTrail(position)
    this.refreshLevels()
    return true
  }

  /** What closes a position of a side as a mask; null where it reads position values. */
  exitMask(direction: Direction): Uint8Array | null {
    const exit = this.side(direction)?.exit
    if (!exit) {
      this.noExit ??= new Uint8Array(this.candles.timestamp.length)
      return this.noExit
    }
    return exit instanceof Uint8Array ? exit : null
  }

  wantsExit(position: Position): boolean {
    const exit = this.side(position.direction)?.exit
    if (!exit) return false
    if (exit instanceof Uint8Array) return exit[this.bar] === 1
    const { values } = this
    const close = this.candles.close[this.bar] as number
    values.entryPrice = position.entryPrice
    values.barsInPosition = this.bar - position.entryBar
    values.positionReturn = (position.direction * (close - position.entryPrice)) / position.entryPrice
    values.highestSinceEntry = position.highest
    values.lowestSinceEntry = position.lowest
    return exit(this.bar, values)
  }

  /** Where the trailing stop lies when `best` is the best price since the fill. */
  private trailAt({ direction, highest, lowest }: Position, best: number): number {
    const level = this.side(direction)?.trailingStop
    if (!level) return -direction * Number.POSITIVE_INFINITY
    const extreme = direction === 1 ? Math.max(highest, best) : Math.min(lowest, best)
    const raw =
      level.type === 'percent'
        ? extreme * (1 - (direction * level.value) / 100)
        : extreme - direction * this.trailDistance
    return nearest(this.ticks, raw)
  }

  /** Raises a trailing stop (lowers that of a short) to what the best price since the fill allows. */
  pullTrail(position: Position) {
    const trail = this.trailAt(position, position.entryPrice)
    if (position.direction * trail > position.direction * position.trail) position.trail = trail
  }

  /** To be called when a bar begins: what the trailing stop knows from the bar before. */
  readTrailDistance(direction: Direction) {
    const level = this.side(direction)?.trailingStop
    if (level && level.type !== 'percent') this.trailDistance = level.column[this.bar - 1] as number
  }

  /** Candles of the smaller timeframe that lie in the current bar and add up to it. */
  finerBars(): { candles: Candles; from: number; to: number } | null {
    const { finer, timeframe } = this.market
    if (!finer) return null
    const start = this.candles.timestamp[this.bar] as number
    const from = firstBarFrom(finer, start)
    const to = firstBarFrom(finer, periodEnd(start, timeframe))
    return from < to && this.addsUp(finer, from, to) ? { candles: finer, from, to } : null
  }

  private addsUp(finer: Candles, from: number, to: number): boolean {
    const { candles, bar } = this
    let [high, low] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (let at = from; at < to; at++) {
      high = Math.max(high, finer.high[at] as number)
      low = Math.min(low, finer.low[at] as number)
    }
    return (
      finer.open[from] === candles.open[bar] &&
      high === candles.high[bar] &&
      low === candles.low[bar] &&
      finer.close[to - 1] === candles.close[bar]
    )
  }
}

/** Whether the current bar reaches a waiting order. */
export function isReachable(
  { candles, bar, long, short }: Desk,
  limitFill: RunSettings['limitFill'],
): boolean {
  const high = candles.high[bar] as number
  const low = candles.low[bar] as number
  return [long, short].some((order) => {
    if (!order) return false
    const worst = order.direction * (order.direction === 1 ? low : high)
    const best = order.direction * (order.direction === 1 ? high : low)
    const price = order.direction * order.price
    if (order.type === 'stop') return best >= price
    return limitFill === 'through' ? worst < price : worst <= price
  })
}
