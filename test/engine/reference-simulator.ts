import type { Market } from '../../src/engine/market.ts'
import type { ExitReason, Fill, Refusal, RefusalReason, Side, Trade } from '../../src/engine/outcome.ts'
import type { RunSettings } from '../../src/engine/settings.ts'
import { periodEnd } from '../../src/market-data/timeframe.ts'
import type { Level, SideSignals } from '../../src/strategies/signals.ts'
import type { PlainOutcome } from './rows.ts'

/*
 * The rules of docs/FILLS.md once more, in the plainest code there is: no fast path, nothing kept that can be computed,
 * every object copied. It shares types with the engine, and no line of code but the calendar.
 */

const DAY = 86_400_000

type Held = {
  side: Side
  entryPrice: number
  entryQuantity: number
  quantity: number
  margin: number
  signalBar: number
  entryBar: number
  stop: number | null
  targets: { price: number; quantity: number | 'rest' }[]
  breakEvenReached: boolean
  trail: number | null
  highest: number
  lowest: number
  fees: number
  funding: number
  gross: number
  exits: { price: number; quantity: number }[]
  clipped: boolean
  number: number
}

type Waiting = {
  side: Side
  type: 'market' | 'limit' | 'stop'
  price: number
  signalBar: number
  lastBar: number
  rank: number
}

type Desk = {
  index: number
  market: Market
  first: number
  end: number
  bar: number
  held: Held | null
  exitQueued: ExitReason | null
  orders: { long: Waiting | null; short: Waiting | null }
  lastExitBar: number | null
}

/** What happens to one instrument on a path: thrown away where the other path is taken. */
type Try = {
  desk: Desk
  held: Held | null
  orders: Desk['orders']
  flows: number[]
  fills: Fill[]
  refusals: Refusal[]
  spent: number
  entered: boolean
  closed: { held: Held; reason: ExitReason } | null
}

type Snapshot = { equity: number; free: number; places: number }

const sign = (side: Side) => (side === 'long' ? 1 : -1)
const other = (side: Side): Side => (side === 'long' ? 'short' : 'long')

function multiple(count: number, step: number): number {
  const inverse = Math.floor(1 / step + 0.5)
  if (inverse >= 1 && Math.abs(1 / step - inverse) <= 1e-9 * (1 / step)) return count / inverse
  return count * step
}

const toNearest = (value: number, step: number) =>
  step === 0 ? value : multiple(Math.floor(value / step + 0.5), step)
const toUpper = (value: number, step: number) =>
  step === 0 ? value : multiple(Math.ceil(value / step - 1e-9), step)
const toLower = (value: number, step: number) =>
  step === 0 ? value : multiple(Math.floor(value / step + 1e-9), step)

class Reference {
  private readonly settings: RunSettings
  private readonly desks: Desk[]
  private readonly timeline: number[]
  private cash: number
  private readonly trades: { number: number; trade: Trade }[] = []
  private readonly fills: Fill[] = []
  private readonly refusals: Refusal[] = []
  private readonly equity: number[] = []
  private ambiguousBars = 0
  private resolvedBars = 0
  private entries = 0
  private peak: number
  private dayStart: number
  private day: number | null = null
  private blockedDay: number | null = null
  private isStopped = false

  constructor(markets: readonly Market[], settings: RunSettings) {
    this.settings = settings
    this.cash = settings.initialCapital
    this.peak = settings.initialCapital
    this.dayStart = settings.initialCapital
    this.desks = markets.map((market, index) => {
      const times = [...market.candles.timestamp]
      const first = times.filter((time) => time < settings.from).length
      const end = times.filter((time) => time < settings.to).length
      const orders = { long: null, short: null }
      return {
        index,
        market,
        first,
        end,
        bar: first - 1,
        held: null,
        exitQueued: null,
        orders,
        lastExitBar: null,
      }
    })
    const all = this.desks.flatMap(({ market, first, end }) =>
      [...market.candles.timestamp].slice(first, end),
    )
    this.timeline = [...new Set(all)].sort((a, b) => a - b)
  }

  run(): PlainOutcome {
    for (const [at, time] of this.timeline.entries()) {
      this.instant(time, at === this.timeline.length - 1)
      if ((this.equity.at(-1) as number) <= 0) return this.outcome(time)
    }
    if (this.timeline.length > 0) this.finish()
    return this.outcome(null)
  }

  private instant(time: number, isLast: boolean) {
    const present = this.desks.filter((desk) => {
      if (desk.bar + 1 >= desk.end || desk.market.candles.timestamp[desk.bar + 1] !== time) return false
      desk.bar++
      return true
    })
    const day = Math.floor(time / DAY)
    if (day !== this.day) {
      this.dayStart = this.equity.at(-1) ?? this.settings.initialCapital
      this.day = day
    }
    for (const desk of present) this.payFunding(desk)
    for (const desk of present) if (desk.held) desk.held.trail = this.trailOf(desk, desk.held)
    for (const desk of present) this.exitAtOpen(desk)
    this.enterAtOpen(present)
    for (const desk of present) {
      if (!desk.held) continue
      const attempt = begin(desk)
      this.reachAtOpen(attempt, this.price(desk, 'open'), true)
      this.take(desk, attempt)
    }
    this.inside(present)
    this.close(present, time, isLast)
  }

  private price(desk: Desk, column: 'open' | 'high' | 'low' | 'close'): number {
    return desk.market.candles[column][desk.bar] as number
  }

  private rules(desk: Desk, side: Side): SideSignals | null {
    return side === 'long' ? desk.market.signals.long : desk.market.signals.short
  }

  // --- the account ---

  private markedValue({ side, margin, quantity, entryPrice }: Held, price: number): number {
    return margin + sign(side) * quantity * (price - entryPrice)
  }

  private equityAt(priceOf: (desk: Desk) => number): number {
    return this.desks.reduce(
      (sum, desk) => (desk.held ? sum + this.markedValue(desk.held, priceOf(desk)) : sum),
      this.cash,
    )
  }

  private snapshot(present: Desk[]): Snapshot {
    const most = this.settings.limits.maxOpenPositions
    const open = this.desks.filter(({ held }) => held).length
    return {
      equity: this.equityAt((desk) => this.price(desk, present.includes(desk) ? 'open' : 'close')),
      free: this.cash,
      places: most === null ? Number.POSITIVE_INFINITY : most - open,
    }
  }

  private take(desk: Desk, attempt: Try) {
    desk.held = attempt.held
    desk.orders = attempt.orders
    for (const flow of attempt.flows) this.cash += flow
    const owner = attempt.closed?.held ?? attempt.held
    if (attempt.entered && owner) owner.number = this.entries++
    for (const fill of attempt.fills) this.fills.push({ ...fill, trade: owner?.number ?? -1 })
    this.refusals.push(...attempt.refusals)
    if (!attempt.closed) return
    desk.lastExitBar = desk.bar
    this.trades.push({
      number: attempt.closed.held.number,
      trade: this.tradeOf(desk, attempt.closed.held, attempt.closed.reason),
    })
  }

  private tradeOf(desk: Desk, held: Held, exitReason: ExitReason): Trade {
    const { timestamp } = desk.market.candles
    const rise = (held.highest - held.entryPrice) / held.entryPrice
    const fall = (held.lowest - held.entryPrice) / held.entryPrice
    let acrossGap = false
    for (let bar = held.entryBar; bar < desk.bar; bar++) {
      if (periodEnd(timestamp[bar] as number, desk.market.timeframe) !== timestamp[bar + 1]) acrossGap = true
    }
    return {
      market: desk.index,
      side: held.side,
      signalTime: timestamp[held.signalBar] as number,
      entryTime: timestamp[held.entryBar] as number,
      entryPrice: held.entryPrice,
      quantity: held.entryQuantity,
      exitTime: timestamp[desk.bar] as number,
      exitPrice:
        held.exits.length === 1
          ? (held.exits[0]?.price as number)
          : held.exits.reduce((sum, { price, quantity }) => sum + quantity * price, 0) / held.entryQuantity,
      exitReason,
      grossProfit: held.gross,
      fees: held.fees,
      funding: held.funding,
      netProfit: held.gross - held.fees - held.funding,
      bars: desk.bar - held.entryBar,
      maxFavourable: held.side === 'long' ? rise : 0 - fall,
      maxAdverse: held.side === 'long' ? fall : 0 - rise,
      sizeClipped: held.clipped,
      acrossGap,
    }
  }

  // --- step 1: funding ---

  private payFunding(desk: Desk) {
    const { funding, candles } = desk.market
    const { held } = desk
    if (!held || !funding) return
    const since = candles.timestamp[desk.bar - 1] as number
    const until = candles.timestamp[desk.bar] as number
    const open = this.price(desk, 'open')
    const dues: { rate: number; mark: number }[] = []
    if (funding.type === 'rate') {
      for (
        let time = Math.floor(since / funding.interval) * funding.interval;
        time <= until;
        time += funding.interval
      ) {
        if (time > since) dues.push({ rate: funding.rate, mark: open })
      }
    } else {
      for (const [at, time] of funding.timestamp.entries()) {
        if (time <= since || time > until) continue
        const mark = funding.markPrice[at] as number
        dues.push({ rate: funding.rate[at] as number, mark: Number.isNaN(mark) ? open : mark })
      }
    }
    for (const { rate, mark } of dues) {
      const due = sign(held.side) * held.quantity * mark * rate
      const paid = Math.min(due, held.margin)
      held.margin -= paid
      held.funding += paid
      if (held.margin <= 0) {
        const attempt = begin(desk)
        see(attempt.held as Held, open)
        this.liquidate(attempt, open, true)
        desk.exitQueued = null
        this.take(desk, attempt)
        return
      }
    }
  }

  // --- step 2: the open ---

  private exitAtOpen(desk: Desk) {
    const ends = this.settings.closeAtEnd === 'open' && desk.bar === desk.end - 1
    const reason = desk.exitQueued ?? (ends ? 'end_of_data' : null)
    desk.exitQueued = null
    if (reason === null) return
    const attempt = begin(desk)
    if (attempt.held) this.exitAtMarket(attempt, this.price(desk, 'open'), reason, true)
    if (ends) {
      for (const order of [attempt.orders.long, attempt.orders.short]) {
        if (order) this.refuse(attempt, order, 'end_of_data')
      }
    }
    this.take(desk, attempt)
  }

  private isReachedByOpen({ type, side, price }: Waiting, open: number): boolean {
    if (type === 'market') return true
    if (type === 'limit') return side === 'long' ? open <= price : open >= price
    return side === 'long' ? open >= price : open <= price
  }

  private ranked(desks: Desk[]): Desk[] {
    const rankOf = ({ orders: { long, short } }: Desk) => {
      const rank = (long ?? short)?.rank as number
      return Number.isNaN(rank) ? Number.NEGATIVE_INFINITY : rank
    }
    return [...desks].sort((a, b) =>
      rankOf(a) === rankOf(b) ? a.index - b.index : rankOf(b) > rankOf(a) ? 1 : -1,
    )
  }

  private enterAtOpen(present: Desk[]) {
    const candidates = present.filter((desk) =>
      [desk.orders.long, desk.orders.short].some(
        (order) => order && this.isReachedByOpen(order, this.price(desk, 'open')),
      ),
    )
    const snapshot = this.snapshot(present)
    for (const desk of this.ranked(candidates)) {
      const attempt = begin(desk)
      this.enterByOpen(attempt, this.price(desk, 'open'), true, snapshot)
      this.take(desk, attempt)
      snapshot.free -= attempt.spent
      if (attempt.entered) snapshot.places -= 1
    }
  }

  private enterByOpen(attempt: Try, open: number, atOpen: boolean, snapshot: Snapshot) {
    for (const side of ['long', 'short'] as const) {
      const order = attempt.orders[side]
      if (attempt.held || !order || !this.isReachedByOpen(order, open)) continue
      let price = this.slip(attempt.desk, open, side)
      if (order.type === 'limit') {
        price = side === 'long' ? Math.min(price, order.price) : Math.max(price, order.price)
      }
      this.enter(attempt, order, price, 'taker', atOpen, snapshot)
    }
  }

  /** Liquidation, stop and targets that an open has reached. */
  private reachAtOpen(attempt: Try, open: number, atOpen: boolean) {
    const { desk, held } = attempt
    if (!held) return
    const direction = sign(held.side)
    see(held, open)
    if (direction * open <= direction * this.liquidationPrice(desk, held))
      return this.liquidate(attempt, open, atOpen)
    if (direction * open <= direction * this.stopPrice(desk, held))
      return this.fillStop(attempt, open, atOpen)
    const improves = this.settings.path === 'best_case' || this.settings.path === 'nearest_extreme'
    for (const target of [...held.targets]) {
      const beyond = direction * open > direction * target.price
      const touched = open === target.price && (improves || this.settings.limitFill === 'touch')
      if (!attempt.held || !(beyond || touched)) return
      held.targets.shift()
      const quantity = target.quantity === 'rest' ? held.quantity : Math.min(target.quantity, held.quantity)
      if (!improves) {
        this.exit(attempt, quantity, target.price, 'take_profit', 'maker', atOpen)
        continue
      }
      const slipped = this.slip(desk, open, other(held.side))
      const price = held.side === 'long' ? Math.max(slipped, target.price) : Math.min(slipped, target.price)
      this.exit(attempt, quantity, price, 'take_profit', 'taker', atOpen)
    }
  }

  // --- step 3: inside the bar ---

  private inside(present: Desk[]) {
    const candidates = present.filter(
      (desk) =>
        !desk.held &&
        [desk.orders.long, desk.orders.short].some((order) => order && this.isInBar(desk, order)),
    )
    const held = present.filter((desk) => desk.held)
    const snapshot = this.snapshot(present)
    for (const desk of this.ranked(candidates)) {
      const attempt = this.choosePath(desk, snapshot)
      this.take(desk, attempt)
      snapshot.free -= attempt.spent
      if (attempt.entered) snapshot.places -= 1
    }
    for (const desk of held) this.take(desk, this.choosePath(desk, snapshot))
  }

  private isInBar(desk: Desk, order: Waiting): boolean {
    const [high, low] = [this.price(desk, 'high'), this.price(desk, 'low')]
    const touch = this.settings.limitFill === 'touch'
    if (order.type === 'stop') return order.side === 'long' ? high >= order.price : low <= order.price
    if (order.side === 'long') return touch ? low <= order.price : low < order.price
    return touch ? high >= order.price : high > order.price
  }

  private choosePath(desk: Desk, snapshot: Snapshot): Try {
    const bar = {
      open: this.price(desk, 'open'),
      high: this.price(desk, 'high'),
      low: this.price(desk, 'low'),
      close: this.price(desk, 'close'),
    }
    const both = this.bothPaths(begin(desk), bar, snapshot)
    const values = both.map((attempt) => this.valueOf(attempt, bar.close))
    const isAmbiguous = values[0] !== values[1] || (both[0].held === null) !== (both[1].held === null)
    if (isAmbiguous) this.ambiguousBars++
    if (isAmbiguous && this.settings.path === 'stored') {
      const resolved = this.throughFiner(desk, bar, snapshot)
      if (resolved) {
        this.resolvedBars++
        return resolved
      }
    }
    return this.pick(this.settings.path, both, bar)
  }

  private pick(path: RunSettings['path'], [high, low]: [Try, Try], bar: Bar): Try {
    if (path === 'nearest_extreme') return bar.high - bar.open <= bar.open - bar.low ? high : low
    const [first, second] = [this.valueOf(high, bar.close), this.valueOf(low, bar.close)]
    if (first === second) return low.held === null && high.held !== null ? low : high
    const lower = first < second ? high : low
    if (path !== 'best_case') return lower
    return lower === high ? low : high
  }

  private valueOf({ flows, held }: Try, close: number): number {
    const sum = flows.reduce((total, flow) => total + flow, 0)
    return held ? sum + this.markedValue(held, close) : sum
  }

  private bothPaths(start: Try, { open, high, low, close }: Bar, snapshot: Snapshot): [Try, Try] {
    const walk = (points: number[]) => {
      const attempt = copy(start)
      for (const [at, point] of points.entries()) {
        if (at > 0) this.move(attempt, points[at - 1] as number, point, snapshot)
      }
      return attempt
    }
    return [walk([open, high, low, close]), walk([open, low, high, close])]
  }

  private throughFiner(desk: Desk, bar: Bar, snapshot: Snapshot): Try | null {
    const { finer, timeframe, candles } = desk.market
    if (!finer) return null
    const start = candles.timestamp[desk.bar] as number
    const bars = [...finer.timestamp.entries()]
      .filter(([, time]) => time >= start && time < periodEnd(start, timeframe))
      .map(([at]) => ({
        open: finer.open[at] as number,
        high: finer.high[at] as number,
        low: finer.low[at] as number,
        close: finer.close[at] as number,
      }))
    const addsUp =
      bars[0]?.open === bar.open &&
      Math.max(...bars.map(({ high }) => high)) === bar.high &&
      Math.min(...bars.map(({ low }) => low)) === bar.low &&
      bars.at(-1)?.close === bar.close
    if (!addsUp) return null
    let attempt = begin(desk)
    for (const piece of bars) {
      this.enterByOpen(attempt, piece.open, false, snapshot)
      this.reachAtOpen(attempt, piece.open, false)
      attempt = this.pick('worst_case', this.bothPaths(attempt, piece, snapshot), piece)
    }
    return attempt
  }

  /** The price goes straight from one point to another: event after event, the nearest first. */
  private move(attempt: Try, from: number, to: number, snapshot: Snapshot) {
    if (from === to) return
    let at = from
    while (!attempt.held) {
      const next = this.nextOrder(attempt, to, to > from)
      if (!next) return
      const maker = next.type === 'limit'
      const price = maker ? next.price : this.slip(attempt.desk, next.price, next.side)
      this.enter(attempt, next, price, maker ? 'maker' : 'taker', false, snapshot)
      at = next.price
    }
    this.moveHeld(attempt, at, to)
  }

  private nextOrder({ orders }: Try, to: number, rising: boolean): Waiting | null {
    const met = [orders.long, orders.short].filter((order): order is Waiting => {
      if (!order) return false
      const goesWithIt = (order.side === 'long') === (order.type === 'stop')
      if (goesWithIt !== rising) return false
      if (order.price === to) return order.type === 'stop' || this.settings.limitFill === 'touch'
      return rising ? order.price < to : order.price > to
    })
    if (met.length < 2) return met[0] ?? null
    const [long, short] = met as [Waiting, Waiting]
    if (long.price === short.price) return long
    return long.price < short.price === rising ? long : short
  }

  private moveHeld(attempt: Try, from: number, to: number) {
    const held = attempt.held as Held
    const { desk } = attempt
    const direction = sign(held.side)
    const follow = (price: number) => {
      see(held, price)
      this.follow(desk, held)
    }
    follow(from)
    if (direction * from <= direction * this.liquidationPrice(desk, held))
      return this.liquidate(attempt, from, false)
    if (direction * from <= direction * this.stopPrice(desk, held)) return this.fillStop(attempt, from, false)
    if (from === to) return
    if (direction * to > direction * from) {
      while (attempt.held) {
        const [target] = held.targets
        if (!target) break
        const through = direction * to > direction * target.price
        if (!through && !(to === target.price && this.settings.limitFill === 'touch')) break
        held.targets.shift()
        see(held, target.price)
        const quantity = target.quantity === 'rest' ? held.quantity : Math.min(target.quantity, held.quantity)
        this.exit(attempt, quantity, target.price, 'take_profit', 'maker', false)
      }
      if (attempt.held) follow(to)
      return
    }
    const stop = this.stopPrice(desk, held)
    const liquidation = this.liquidationPrice(desk, held)
    const isLiquidationFirst = direction * liquidation >= direction * stop
    const level = isLiquidationFirst ? liquidation : stop
    if (direction * to > direction * level) return see(held, to)
    see(held, level)
    if (isLiquidationFirst) this.liquidate(attempt, level, false)
    else this.fillStop(attempt, level, false)
  }

  // --- levels ---

  private levelAt(desk: Desk, level: Level, price: number, away: 1 | -1, signalBar: number): number {
    const tick = desk.market.instrument.priceTick
    if (level.type === 'percent') return toNearest(price * (1 + (away * level.value) / 100), tick)
    const known = level.column[signalBar] as number
    return toNearest(level.type === 'price' ? known : price + away * known, tick)
  }

  private trailOf(desk: Desk, held: Held): number | null {
    const level = this.rules(desk, held.side)?.trailingStop
    if (!level) return null
    const direction = sign(held.side)
    const best = held.side === 'long' ? held.highest : held.lowest
    const raw =
      level.type === 'percent'
        ? best * (1 - (direction * level.value) / 100)
        : best - direction * (level.column[desk.bar - 1] as number)
    const fresh = toNearest(raw, desk.market.instrument.priceTick)
    if (Number.isNaN(fresh)) return held.trail
    if (held.trail === null) return fresh
    return direction * fresh > direction * held.trail ? fresh : held.trail
  }

  private follow(desk: Desk, held: Held) {
    const percent = this.settings.limits.breakEvenAtPercent
    const direction = sign(held.side)
    if (percent !== null) {
      const trigger = held.entryPrice * (1 + (direction * percent) / 100)
      const best = held.side === 'long' ? held.highest : held.lowest
      if (direction * best >= direction * trigger) held.breakEvenReached = true
    }
    held.trail = this.trailOf(desk, held)
  }

  private stops(desk: Desk, held: Held): [ExitReason, number][] {
    const breakEven = toNearest(held.entryPrice, desk.market.instrument.priceTick)
    const all: [ExitReason, number | null][] = [
      ['stop_loss', held.stop],
      ['break_even', held.breakEvenReached ? breakEven : null],
      ['trailing_stop', held.trail],
    ]
    return all.filter((stop): stop is [ExitReason, number] => stop[1] !== null)
  }

  private stopPrice(desk: Desk, held: Held): number {
    const prices = this.stops(desk, held).map(([, price]) => price)
    return held.side === 'long' ? Math.max(...prices) : Math.min(...prices)
  }

  private liquidationPrice(desk: Desk, { side, entryPrice, margin, quantity }: Held): number {
    const { kind, maintenanceMarginRate: rate } = desk.market.instrument
    if (kind === 'spot') return side === 'long' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
    if (side === 'long') return (entryPrice - margin / quantity) / (1 - rate)
    return (entryPrice + margin / quantity) / (1 + rate)
  }

  private slip(desk: Desk, price: number, side: Side): number {
    const { type, value } = this.settings.slippage
    if (value === 0) return price
    const { priceTick } = desk.market.instrument
    const direction = sign(side)
    const raw =
      type === 'percent' ? price * (1 + (direction * value) / 100) : price + direction * value * priceTick
    return side === 'long' ? toUpper(raw, priceTick) : toLower(raw, priceTick)
  }

  // --- exits ---

  private fillStop(attempt: Try, price: number, atOpen: boolean) {
    const held = attempt.held as Held
    const level = this.stopPrice(attempt.desk, held)
    const [reason] = this.stops(attempt.desk, held).find(([, stop]) => stop === level) as [ExitReason, number]
    const fill = this.slip(attempt.desk, price, other(held.side))
    this.exit(attempt, held.quantity, fill, reason, 'taker', atOpen)
  }

  private exitAtMarket(attempt: Try, price: number, reason: ExitReason, atOpen: boolean) {
    const held = attempt.held as Held
    see(held, price)
    this.exit(
      attempt,
      held.quantity,
      this.slip(attempt.desk, price, other(held.side)),
      reason,
      'taker',
      atOpen,
    )
  }

  private exit(
    attempt: Try,
    quantity: number,
    price: number,
    reason: ExitReason,
    liquidity: Fill['liquidity'],
    atOpen: boolean,
  ) {
    const held = attempt.held as Held
    const { makerFee, takerFee, kind } = attempt.desk.market.instrument
    const part = quantity === held.quantity ? held.margin : (held.margin * quantity) / held.quantity
    const profit = sign(held.side) * quantity * (price - held.entryPrice)
    const fee = quantity * price * (liquidity === 'maker' ? makerFee : takerFee)
    if (kind === 'linear' && part + profit - fee <= 0) {
      return this.loseMargin(attempt, quantity, price, atOpen)
    }
    held.gross += profit
    held.fees += fee
    this.leave(attempt, quantity, part, part + profit - fee, { price, reason, liquidity, atOpen, fee })
  }

  private liquidate(attempt: Try, price: number, atOpen: boolean) {
    this.loseMargin(attempt, (attempt.held as Held).quantity, price, atOpen)
  }

  private loseMargin(attempt: Try, quantity: number, price: number, atOpen: boolean) {
    const held = attempt.held as Held
    const part = quantity === held.quantity ? held.margin : (held.margin * quantity) / held.quantity
    held.gross -= part
    this.leave(attempt, quantity, part, 0, {
      price,
      reason: 'liquidation',
      liquidity: 'taker',
      atOpen,
      fee: 0,
    })
  }

  private leave(
    attempt: Try,
    quantity: number,
    part: number,
    flow: number,
    how: Pick<Fill, 'price' | 'liquidity' | 'atOpen' | 'fee'> & { reason: ExitReason },
  ) {
    const held = attempt.held as Held
    const left = toNearest(held.quantity - quantity, attempt.desk.market.instrument.quantityStep)
    held.margin -= part
    held.exits.push({ price: how.price, quantity })
    attempt.flows.push(flow)
    attempt.fills.push({ ...this.fillOf(attempt.desk, held.side), kind: 'exit', quantity, ...how })
    const isAll = quantity === held.quantity || left <= 0
    held.quantity = isAll ? 0 : left
    if (!isAll) return
    attempt.held = null
    attempt.closed = { held, reason: how.reason }
  }

  private fillOf(desk: Desk, side: Side) {
    return { market: desk.index, trade: -1, side, time: desk.market.candles.timestamp[desk.bar] as number }
  }

  // --- entries ---

  private refuse(attempt: Try, { side }: Waiting, reason: RefusalReason) {
    const time = attempt.desk.market.candles.timestamp[attempt.desk.bar] as number
    attempt.refusals.push({ market: attempt.desk.index, side, time, reason })
    attempt.orders[side] = null
  }

  private enter(
    attempt: Try,
    order: Waiting,
    price: number,
    liquidity: Fill['liquidity'],
    atOpen: boolean,
    snapshot: Snapshot,
  ) {
    const { desk } = attempt
    const { side, signalBar } = order
    const { makerFee, takerFee, quantityStep, minimumNotional } = desk.market.instrument
    const { sizing, leverage } = this.settings
    const rate = liquidity === 'maker' ? makerFee : takerFee
    const rules = this.rules(desk, side) as SideSignals
    const away = sign(side)
    const stop = rules.stopLoss
      ? this.levelAt(desk, rules.stopLoss, price, away === 1 ? -1 : 1, signalBar)
      : null
    const goals = rules.takeProfit.map(({ level, quantityPercent }) => ({
      price: this.levelAt(desk, level, price, away, signalBar),
      percent: quantityPercent,
    }))
    const unit = price * (1 / leverage + rate)
    const wanted = {
      percent_of_equity: (snapshot.equity * sizing.value) / 100 / unit,
      fixed_quote: sizing.value / price,
      fixed_quantity: sizing.value,
      percent_at_risk:
        stop === null ? Number.NaN : (snapshot.equity * sizing.value) / 100 / Math.abs(price - stop),
    }[sizing.type]
    const most = snapshot.free / unit
    const clipped = most < wanted
    const quantity = toLower(clipped ? most : wanted, quantityStep)
    const fault = ((): RefusalReason | null => {
      if (snapshot.places <= 0) return 'max_positions'
      if (snapshot.free <= 0) return 'margin'
      if (Number.isNaN(stop) || goals.some((goal) => Number.isNaN(goal.price))) return 'unknown_price'
      if (sizing.type === 'percent_at_risk' && stop === null) return 'unknown_price'
      if (stop !== null && (side === 'long' ? stop >= price : stop <= price)) return 'stop_beyond_price'
      if (goals.some((goal) => (side === 'long' ? goal.price <= price : goal.price >= price))) {
        return 'target_beyond_price'
      }
      if (!(quantity > 0)) return clipped ? 'margin' : 'zero_quantity'
      if (quantity * price < minimumNotional) return clipped ? 'margin' : 'min_notional'
      return null
    })()
    if (fault) return this.refuse(attempt, order, fault)
    const notional = quantity * price
    const margin = notional / leverage
    const fee = notional * rate
    goals.sort((a, b) => (side === 'long' ? a.price - b.price : b.price - a.price))
    const isWhole = Math.abs(goals.reduce((sum, { percent }) => sum + percent, 0) - 100) <= 1e-9
    const targets = goals.map((goal, at) => ({
      price: goal.price,
      quantity:
        isWhole && at === goals.length - 1
          ? ('rest' as const)
          : toLower((quantity * goal.percent) / 100, quantityStep),
    }))
    attempt.held = {
      side,
      entryPrice: price,
      entryQuantity: quantity,
      quantity,
      margin,
      signalBar,
      entryBar: desk.bar,
      stop,
      targets: targets.filter((target) => target.quantity === 'rest' || target.quantity > 0),
      breakEvenReached: false,
      trail: null,
      highest: price,
      lowest: price,
      fees: fee,
      funding: 0,
      gross: 0,
      exits: [],
      number: -1,
      clipped,
    }
    attempt.held.trail = this.trailOf(desk, attempt.held)
    attempt.flows.push(-(margin + fee))
    attempt.spent = margin + fee
    attempt.entered = true
    attempt.fills.push({
      ...this.fillOf(desk, side),
      kind: 'entry',
      price,
      quantity,
      fee,
      liquidity,
      reason: 'entry_rule',
      atOpen,
    })
    attempt.orders[side] = null
    const opposite = attempt.orders[other(side)]
    if (opposite) this.refuse(attempt, opposite, 'other_side_filled')
  }

  // --- step 4: the close ---

  private close(present: Desk[], time: number, isLast: boolean) {
    for (const desk of present) {
      for (const order of [desk.orders.long, desk.orders.short]) {
        if (order && desk.bar >= order.lastBar) this.cancel(desk, order, 'expired', time)
      }
    }
    const equity = this.equityAt((desk) => this.price(desk, 'close'))
    this.equity.push(equity)
    this.checkLimits(equity, time)
    if (equity <= 0 || isLast) return
    for (const desk of present) this.decide(desk, time)
  }

  private cancel(desk: Desk, order: Waiting, reason: RefusalReason, time: number) {
    desk.orders = { ...desk.orders, [order.side]: null }
    this.refusals.push({ market: desk.index, side: order.side, time, reason })
  }

  private checkLimits(equity: number, time: number) {
    const { maxDrawdownPercent, dailyLossPercent } = this.settings.limits
    const fell = maxDrawdownPercent !== null && equity <= this.peak * (1 - maxDrawdownPercent / 100)
    const lost = dailyLossPercent !== null && equity <= this.dayStart * (1 - dailyLossPercent / 100)
    this.peak = Math.max(this.peak, equity)
    if (fell) this.isStopped = true
    if (lost) this.blockedDay = this.day
    if (!fell && !lost) return
    const reason = fell ? 'max_drawdown' : 'daily_loss'
    for (const desk of this.desks) {
      if (desk.held && !desk.exitQueued) desk.exitQueued = reason
      for (const order of [desk.orders.long, desk.orders.short])
        if (order) this.cancel(desk, order, reason, time)
    }
  }

  private wantsExit(desk: Desk, held: Held): boolean {
    const exit = this.rules(desk, held.side)?.exit
    if (!exit) return false
    if (exit instanceof Uint8Array) return exit[desk.bar] === 1
    return exit(desk.bar, {
      entryPrice: held.entryPrice,
      barsInPosition: desk.bar - held.entryBar,
      positionReturn: (sign(held.side) * (this.price(desk, 'close') - held.entryPrice)) / held.entryPrice,
      highestSinceEntry: held.highest,
      lowestSinceEntry: held.lowest,
    })
  }

  private decide(desk: Desk, time: number) {
    const { held } = desk
    const { limits } = this.settings
    if (held && !desk.exitQueued) {
      if (this.wantsExit(desk, held)) desk.exitQueued = 'exit_rule'
      else if (limits.maxBars !== null && desk.bar + 1 >= held.entryBar + limits.maxBars)
        desk.exitQueued = 'max_bars'
    }
    for (const order of [desk.orders.long, desk.orders.short]) {
      const exit = order ? this.rules(desk, order.side)?.exit : null
      if (order && exit instanceof Uint8Array && exit[desk.bar] === 1)
        this.cancel(desk, order, 'exit_rule', time)
    }
    if (held && !desk.exitQueued) return
    const wanted = (['long', 'short'] as const).filter(
      (side) => this.rules(desk, side)?.entry[desk.bar] === 1,
    )
    const [side] = wanted
    if (!side) return
    const refuse = (reason: RefusalReason) => this.refusals.push({ market: desk.index, side, time, reason })
    if (wanted.length === 2) return refuse('conflict')
    if (desk.orders[side]) return
    const endDay = Math.floor(periodEnd(time, desk.market.timeframe) / DAY)
    if (this.isStopped) return refuse('max_drawdown')
    if (this.blockedDay === endDay) return refuse('daily_loss')
    const since = desk.lastExitBar === null ? Number.POSITIVE_INFINITY : desk.bar - desk.lastExitBar
    if (limits.cooldownBars > 0 && (desk.exitQueued || since < limits.cooldownBars)) return refuse('cooldown')
    const { order } = this.rules(desk, side) as SideSignals
    const rank = desk.market.signals.rank?.[desk.bar] ?? Number.NaN
    const base = { side, signalBar: desk.bar, rank }
    if (order.type === 'market') {
      desk.orders[side] = { ...base, type: 'market', price: Number.NaN, lastBar: Number.POSITIVE_INFINITY }
      return
    }
    const price = toNearest(order.price[desk.bar] as number, desk.market.instrument.priceTick)
    if (!(price > 0)) return refuse('unknown_price')
    const lastBar = order.expiresAfter === null ? Number.POSITIVE_INFINITY : desk.bar + order.expiresAfter
    desk.orders[side] = { ...base, type: order.type, price, lastBar }
  }

  // --- the end ---

  private finish() {
    const time = this.timeline.at(-1) as number
    for (const desk of this.desks) {
      for (const order of [desk.orders.long, desk.orders.short]) {
        if (order) this.cancel(desk, order, 'end_of_data', time)
      }
    }
    if (this.settings.closeAtEnd !== 'close') return
    for (const desk of this.desks) {
      if (!desk.held) continue
      const attempt = begin(desk)
      this.exitAtMarket(attempt, this.price(desk, 'close'), 'end_of_data', false)
      this.take(desk, attempt)
    }
    this.equity[this.equity.length - 1] = this.equityAt((desk) => this.price(desk, 'close'))
  }

  private outcome(ruinedAt: number | null): PlainOutcome {
    const open = this.desks.flatMap((desk) => {
      if (!desk.held) return []
      const held = copyHeld(desk.held)
      const close = this.price(desk, 'close')
      held.gross += sign(held.side) * held.quantity * (close - held.entryPrice)
      held.exits.push({ price: close, quantity: held.quantity })
      return [{ number: held.number, trade: this.tradeOf(desk, held, 'end_of_data') }]
    })
    const places = [...this.trades, ...open].map(({ number }) => number)
    const refusalCounts: Partial<Record<RefusalReason, number>> = {}
    for (const { reason } of this.refusals) refusalCounts[reason] = (refusalCounts[reason] ?? 0) + 1
    return {
      timestamp: Float64Array.from(this.timeline.slice(0, this.equity.length)),
      equity: Float64Array.from(this.equity),
      trades: this.trades.map(({ trade }) => trade),
      openTrades: open.map(({ trade }) => trade),
      fills: this.fills.map((fill) => ({ ...fill, trade: places.indexOf(fill.trade) })),
      refusals: this.refusals,
      refusalCounts,
      ambiguousBars: this.ambiguousBars,
      resolvedBars: this.resolvedBars,
      ruinedAt,
    }
  }
}

type Bar = { open: number; high: number; low: number; close: number }

function see(held: Held, price: number) {
  held.highest = Math.max(held.highest, price)
  held.lowest = Math.min(held.lowest, price)
}

function copyHeld(held: Held): Held {
  return { ...held, targets: [...held.targets], exits: [...held.exits] }
}

function begin(desk: Desk): Try {
  return {
    desk,
    held: desk.held && copyHeld(desk.held),
    orders: { ...desk.orders },
    flows: [],
    fills: [],
    refusals: [],
    spent: 0,
    entered: false,
    closed: null,
  }
}

function copy(attempt: Try): Try {
  return {
    ...attempt,
    held: attempt.held && copyHeld(attempt.held),
    orders: { ...attempt.orders },
    flows: [...attempt.flows],
    fills: [...attempt.fills],
    refusals: [...attempt.refusals],
  }
}

/** The same as `simulate`, slowly. */
export function referenceSimulate(markets: readonly Market[], settings: RunSettings): PlainOutcome {
  return new Reference(markets, settings).run()
}
