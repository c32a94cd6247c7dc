import type { ColumnMemory } from '../numerics/column-memory.ts'
import type { Desk } from './desk.ts'
import { Ledger } from './ledger.ts'
import type { RunSettings } from './settings.ts'
import type { Snapshot } from './size-entry.ts'

const DAY = 86_400_000

/** Equity over the run, and the limits that the account sets. */
export class Account {
  readonly equity: Float64Array
  readonly ledger: Ledger
  private readonly desks: readonly Desk[]
  private readonly settings: RunSettings
  /** Equity at the last close; at first the initial capital. */
  lastEquity: number
  peak: number
  dayStart: number
  day = Number.NaN
  private blockedDay = Number.NaN
  private isStopped = false
  isRuined = false

  constructor(desks: readonly Desk[], settings: RunSettings, instants: number, memory: ColumnMemory) {
    this.desks = desks
    this.settings = settings
    this.equity = memory.numbers(instants)
    this.ledger = new Ledger(settings.initialCapital, memory)
    this.lastEquity = settings.initialCapital
    this.peak = settings.initialCapital
    this.dayStart = settings.initialCapital
  }

  beginInstant(time: number) {
    const day = Math.floor(time / DAY)
    if (day === this.day) return
    this.day = day
    this.dayStart = this.lastEquity
  }

  /** What entries of this instant are sized from: opens where there is a bar, else the last close. */
  snapshot(present: readonly Desk[]): Snapshot {
    const { maxOpenPositions } = this.settings.limits
    let equity = this.ledger.cash
    let held = 0
    for (const desk of this.desks) {
      if (!desk.position) continue
      held++
      const prices = present.includes(desk) ? desk.candles.open : desk.candles.close
      equity += desk.position.valueAt(prices[desk.bar] as number)
    }
    const places = maxOpenPositions === null ? Number.POSITIVE_INFINITY : maxOpenPositions - held
    return { equity, free: this.ledger.cash, places }
  }

  /** Marks the equity at a close and says which limit it broke. */
  markClose(at: number): 'max_drawdown' | 'daily_loss' | null {
    const equity = this.equityAtClose()
    const { maxDrawdownPercent, dailyLossPercent } = this.settings.limits
    const fell = maxDrawdownPercent !== null && equity <= this.peak * (1 - maxDrawdownPercent / 100)
    const lost = dailyLossPercent !== null && equity <= this.dayStart * (1 - dailyLossPercent / 100)
    this.equity[at] = equity
    this.lastEquity = equity
    if (equity > this.peak) this.peak = equity
    if (fell) this.isStopped = true
    if (lost) this.blockedDay = this.day
    this.isRuined = equity <= 0
    return fell ? 'max_drawdown' : lost ? 'daily_loss' : null
  }

  remark(at: number) {
    this.equity[at] = this.equityAtClose()
  }

  /** The limit that forbids an entry after a bar which ends at `end`. */
  blockOf(end: number): 'max_drawdown' | 'daily_loss' | null {
    if (this.isStopped) return 'max_drawdown'
    return Math.floor(end / DAY) === this.blockedDay ? 'daily_loss' : null
  }

  private equityAtClose(): number {
    let equity = this.ledger.cash
    for (const { position, candles, bar } of this.desks) {
      if (position) equity += position.valueAt(candles.close[bar] as number)
    }
    return equity
  }
}
