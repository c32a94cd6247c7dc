import { periodEnd } from '../market-data/timeframe.ts'
import type { ColumnMemory } from '../numerics/column-memory.ts'
import type { SideSignals } from '../strategies/signals.ts'
import { Account } from './account.ts'
import { type RunControl, RunStopped } from './control.ts'
import { type Desk, type EntryOrder, isReachable } from './desk.ts'
import { skipQuietBars } from './fast-forward.ts'
import { FixedLevels, hasFixedLevels } from './fixed-levels.ts'
import { payFunding } from './funding.ts'
import type { RefusalReason, SimulationOutcome } from './outcome.ts'
import { walkInside } from './path.ts'
import type { Direction, Position } from './position.ts'
import { nearest } from './rounding.ts'
import type { RunSettings } from './settings.ts'
import type { Snapshot } from './size-entry.ts'
import { isReachedAtOpen, Walk } from './walk.ts'

/** After so many steps a run looks whether it is to stop: well under a millisecond. */
const STEPS = 1_024
/** So many instants that are passed over at once count as those steps. */
const LEAP = 65_536

function byRank(a: Desk, b: Desk): number {
  const [first, second] = [rankOf(a), rankOf(b)]
  return first === second ? a.index - b.index : second > first ? 1 : -1
}

function rankOf({ long, short }: Desk): number {
  const { rank } = (long ?? short) as EntryOrder
  return Number.isNaN(rank) ? Number.NEGATIVE_INFINITY : rank
}

/** Takes a run from instant to instant, in the order of steps that `docs/FILLS.md` gives. */
export class Exchange {
  private readonly desks: readonly Desk[]
  private readonly settings: RunSettings
  private readonly timeline: Float64Array
  private readonly account: Account
  /** The desks that have a bar at this instant. */
  private present: Desk[] = []
  private readonly fixedLevels: FixedLevels | null
  /** Whether every desk has a bar at every instant. */
  private readonly isAligned: boolean

  constructor(desks: readonly Desk[], settings: RunSettings, timeline: Float64Array, memory: ColumnMemory) {
    this.desks = desks
    this.settings = settings
    this.timeline = timeline
    this.account = new Account(desks, settings, timeline.length, memory)
    this.isAligned = desks.every(({ firstBar, endBar }) => endBar - firstBar === timeline.length)
    if (this.isAligned) this.present = [...desks]
    const [desk] = desks
    this.fixedLevels =
      desk && hasFixedLevels(desks, settings) ? new FixedLevels(desk, settings, this.account) : null
  }

  /** @throws RunStopped where `control` says so */
  run(control: RunControl | null): SimulationOutcome {
    const { account, timeline } = this
    const instants = timeline.length
    for (let at = 0, steps = 0; at < instants; at++) {
      const from = at
      at = this.skip(at)
      this.step(at)
      steps += at - from > LEAP ? STEPS : 1
      if (control && steps >= STEPS) {
        steps = 0
        if (!control.goOn(at, account.ledger.fills.length)) throw new RunStopped()
      }
      if (account.isRuined) return this.outcome(at + 1, timeline[at] as number)
    }
    if (instants > 0) this.finish()
    return this.outcome(instants, null)
  }

  /** Passes over what needs no step of its own. Returns the instant of the next step. */
  private skip(at: number): number {
    const [desk] = this.desks
    const isFree = desk && !desk.position && !desk.queuedExit && !desk.hasOrders
    if (this.fixedLevels && isFree) return this.fixedLevels.advance(at)
    return this.isAligned ? skipQuietBars(this.desks, this.settings, this.account, at) : at
  }

  private outcome(instants: number, ruinedAt: number | null): SimulationOutcome {
    return this.account.ledger.outcome(this.desks, {
      timestamp: this.timeline.subarray(0, instants),
      equity: this.account.equity.subarray(0, instants),
      ruinedAt,
    })
  }

  private step(at: number) {
    const time = this.timeline[at] as number
    this.gather(time)
    this.account.beginInstant(time)
    for (const desk of this.present) if (desk.position) this.beginBar(desk, desk.position)
    for (const desk of this.present) this.exitAtOpen(desk)
    this.enterAtOpen()
    for (const desk of this.present) if (desk.position) this.gap(desk)
    this.inside()
    this.close(at)
  }

  private gather(time: number) {
    if (this.isAligned) {
      for (const desk of this.desks) desk.bar++
      return
    }
    this.present.length = 0
    for (const desk of this.desks) if (desk.moveTo(time)) this.present.push(desk)
  }

  /** Takes over what a walk came to. */
  private adopt(desk: Desk, walk: Walk) {
    desk.position = walk.position
    desk.long = walk.long
    desk.short = walk.short
    if (walk.journal.closed) desk.exitBar = desk.bar
    this.account.ledger.post(desk, walk.journal)
    desk.refreshLevels()
  }

  /** What is left of a margin that funding used up is lost. */
  private liquidate(desk: Desk, open: number) {
    const walk = new Walk(desk, this.settings)
    const position = walk.position as Position
    position.see(open)
    walk.liquidate(position, open, true)
    desk.queuedExit = null
    this.adopt(desk, walk)
  }

  private beginBar(desk: Desk, position: Position) {
    const open = desk.candles.open[desk.bar] as number
    const { funding } = desk.market
    if (funding && payFunding(desk, funding, position, open)) return this.liquidate(desk, open)
    desk.readTrailDistance(position.direction)
    desk.pullTrail(position)
    desk.refreshLevels()
  }

  private exitAtOpen(desk: Desk) {
    const ends = this.settings.closeAtEnd === 'open' && desk.bar === desk.endBar - 1
    const reason = desk.queuedExit ?? (ends ? 'end_of_data' : null)
    desk.queuedExit = null
    if (!reason) return
    const walk = new Walk(desk, this.settings)
    walk.closeAtMarket(desk.candles.open[desk.bar] as number, reason, true)
    if (ends) for (const order of [walk.long, walk.short]) if (order) walk.refuse(order, 'end_of_data')
    this.adopt(desk, walk)
  }

  private enterAtOpen() {
    if (!this.present.some(({ hasOrders }) => hasOrders)) return
    const reached = this.present.filter((desk) => desk.hasOrders && reachesAtOpen(desk))
    if (reached.length === 0) return
    const snapshot = this.account.snapshot(this.present)
    for (const desk of reached.sort(byRank)) {
      const walk = new Walk(desk, this.settings)
      walk.enterAtOpen(desk.candles.open[desk.bar] as number, true, snapshot)
      this.grant(desk, walk, snapshot)
    }
  }

  private grant(desk: Desk, walk: Walk, snapshot: Snapshot) {
    this.adopt(desk, walk)
    snapshot.free -= walk.journal.spent
    if (walk.journal.entered) snapshot.places--
  }

  private gap(desk: Desk) {
    const open = desk.candles.open[desk.bar] as number
    if (!desk.isReached(open, open)) return
    const walk = new Walk(desk, this.settings)
    walk.gap(open, true)
    this.adopt(desk, walk)
  }

  private inside() {
    if (!this.present.some(({ hasOrders }) => hasOrders)) {
      for (const desk of this.present) if (desk.position) this.holdThrough(desk)
      return
    }
    const reached = this.present.filter(
      (desk) => desk.hasOrders && isReachable(desk, this.settings.limitFill),
    )
    const held = reached.length === 0 ? this.present : this.present.filter((desk) => desk.position)
    if (reached.length > 0) {
      const snapshot = this.account.snapshot(this.present)
      for (const desk of reached.sort(byRank)) {
        this.grant(desk, walkInside(desk, this.settings, snapshot, this.account.ledger), snapshot)
      }
    }
    for (const desk of held) if (desk.position) this.holdThrough(desk)
  }

  private holdThrough(desk: Desk) {
    if (desk.passesQuietly()) return
    this.adopt(desk, walkInside(desk, this.settings, NOTHING, this.account.ledger))
  }

  private close(at: number) {
    const time = this.timeline[at] as number
    for (const desk of this.present) if (desk.hasOrders) this.expire(desk)
    const breach = this.account.markClose(at)
    if (breach) this.closeAll(breach, time)
    if (this.account.isRuined || at === this.timeline.length - 1) return
    for (const desk of this.present) this.decide(desk)
  }

  private expire(desk: Desk) {
    for (const order of [desk.long, desk.short]) {
      if (order && order.lastBar <= desk.bar) this.cancel(desk, order, 'expired')
    }
  }

  private cancel(desk: Desk, order: EntryOrder, reason: RefusalReason, time = desk.time) {
    if (order.direction === 1) desk.long = null
    else desk.short = null
    this.refuse(desk, order.direction, reason, time)
  }

  private refuse(desk: Desk, direction: Direction, reason: RefusalReason, time = desk.time) {
    const side = direction === 1 ? 'long' : 'short'
    this.account.ledger.refuse({ market: desk.index, side, time, reason })
  }

  private closeAll(reason: 'daily_loss' | 'max_drawdown', time: number) {
    for (const desk of this.desks) {
      if (desk.position) desk.queuedExit ??= reason
      for (const order of [desk.long, desk.short]) if (order) this.cancel(desk, order, reason, time)
    }
  }

  /** The rules at a close: exits, then entries. */
  private decide(desk: Desk) {
    const { position } = desk
    const { maxBars } = this.settings.limits
    if (position && !desk.queuedExit) {
      if (desk.wantsExit(position)) desk.queuedExit = 'exit_rule'
      else if (maxBars !== null && desk.bar - position.entryBar + 1 >= maxBars) desk.queuedExit = 'max_bars'
    }
    if (desk.hasOrders) this.withdraw(desk)
    if (!position || desk.queuedExit) this.wantEntry(desk)
  }

  private withdraw(desk: Desk) {
    for (const order of [desk.long, desk.short]) {
      const exit = order && desk.side(order.direction)?.exit
      if (exit instanceof Uint8Array && exit[desk.bar] === 1)
        this.cancel(desk, order as EntryOrder, 'exit_rule')
    }
  }

  private wantEntry(desk: Desk) {
    const { long, short } = desk.market.signals
    const wantsLong = long !== null && long.entry[desk.bar] === 1
    const wantsShort = short !== null && short.entry[desk.bar] === 1
    if (wantsLong && wantsShort) this.refuse(desk, 1, 'conflict')
    else if (long && wantsLong && !desk.long) this.place(desk, long, 1)
    else if (short && wantsShort && !desk.short) this.place(desk, short, -1)
  }

  private place(desk: Desk, side: SideSignals, direction: Direction) {
    const { order } = side
    const end = periodEnd(desk.time, desk.market.timeframe)
    const blocked = this.account.blockOf(end) ?? (this.isCooling(desk) ? 'cooldown' : null)
    if (blocked) return this.refuse(desk, direction, blocked)
    const price = order.type === 'market' ? Number.NaN : nearest(desk.ticks, order.price[desk.bar] as number)
    if (order.type !== 'market' && !(price > 0)) return this.refuse(desk, direction, 'unknown_price')
    const waits = order.type === 'market' ? null : order.expiresAfter
    const placed = {
      direction,
      type: order.type,
      price,
      signalBar: desk.bar,
      lastBar: waits === null ? Number.POSITIVE_INFINITY : desk.bar + waits,
      rank: desk.market.signals.rank?.[desk.bar] ?? Number.NaN,
    }
    if (direction === 1) desk.long = placed
    else desk.short = placed
  }

  private isCooling(desk: Desk): boolean {
    const { cooldownBars } = this.settings.limits
    return cooldownBars > 0 && (desk.queuedExit !== null || desk.bar < desk.exitBar + cooldownBars)
  }

  private finish() {
    const last = this.timeline.length - 1
    const time = this.timeline[last] as number
    for (const desk of this.desks) {
      for (const order of [desk.long, desk.short]) if (order) this.cancel(desk, order, 'end_of_data', time)
    }
    if (this.settings.closeAtEnd !== 'close') return
    for (const desk of this.desks) {
      if (!desk.position) continue
      const walk = new Walk(desk, this.settings)
      walk.closeAtMarket(desk.candles.close[desk.bar] as number, 'end_of_data', false)
      this.adopt(desk, walk)
    }
    this.account.remark(last)
  }
}

/** Positions that are held take nothing out of the account. */
const NOTHING: Snapshot = { equity: 0, free: 0, places: 0 }

function reachesAtOpen(desk: Desk): boolean {
  const open = desk.candles.open[desk.bar] as number
  const { long, short } = desk
  return (long !== null && isReachedAtOpen(long, open)) || (short !== null && isReachedAtOpen(short, open))
}
