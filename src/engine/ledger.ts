import type { ColumnMemory } from '../numerics/column-memory.ts'
import type { Desk } from './desk.ts'
import type { ExitReason, Fill, Refusal, RefusalReason, SimulationOutcome, Trade } from './outcome.ts'
import { FILL_AT, FILL_FIELDS, TRADE_FIELDS } from './outcome-records.ts'
import { type Position, tradeOf } from './position.ts'
import { Records } from './records.ts'
import type { Journal } from './walk.ts'

const KEPT_REFUSALS = 100_000

/** The account's cash, and what is written down of a run. */
export class Ledger {
  cash: number
  ambiguousBars = 0
  resolvedBars = 0
  readonly fills: Records<Fill>
  readonly trades: Records<Trade>
  /** Of each trade in turn, which entry it was: fills are written down before it is known which trade they make. */
  private readonly entryOfTrade: number[] = []
  private readonly refusals: Refusal[] = []
  private readonly refusalCounts: Partial<Record<RefusalReason, number>> = {}
  private entries = 0

  constructor(cash: number, memory: ColumnMemory) {
    this.cash = cash
    this.fills = new Records(FILL_FIELDS, [], memory)
    this.trades = new Records(TRADE_FIELDS, [], memory)
  }

  /** Makes what a walk did true: moves its cash, writes it down. */
  post(desk: Desk, journal: Journal) {
    for (const flow of journal.flows) this.cash += flow
    const position = journal.closed ?? desk.position
    if (journal.entered && position) position.id = this.beginTrade()
    for (const fill of journal.fills) {
      if (position) fill.trade = position.id
      this.fills.push(fill)
    }
    for (const refusal of journal.refusals) this.refuse(refusal)
    if (journal.closed) this.close(desk, journal.closed, journal.fills)
  }

  /** What a position and its fills are known by until they are a trade. */
  beginTrade(): number {
    return this.entries++
  }

  /** To be called when the trade was written down. */
  endTrade(entry: number) {
    this.entryOfTrade.push(entry)
  }

  refuse(refusal: Refusal) {
    const { reason } = refusal
    this.refusalCounts[reason] = (this.refusalCounts[reason] ?? 0) + 1
    if (this.refusals.length < KEPT_REFUSALS) this.refusals.push(refusal)
  }

  private close(desk: Desk, closed: Position, fills: readonly Fill[]) {
    const { time, reason } = fills.at(-1) as Fill
    const exit = { market: desk.index, bar: desk.bar, time, reason: reason as ExitReason }
    const trade = tradeOf(closed, exit, this.historyOf(desk, closed))
    this.trades.push(trade)
    this.endTrade(closed.id)
  }

  private historyOf(desk: Desk, position: Position) {
    return {
      timestamp: desk.candles.timestamp,
      acrossGap: desk.hasGap(position.entryBar, desk.bar),
    }
  }

  /** All of it, with the positions that are still open marked at their last close. */
  outcome(
    desks: readonly Desk[],
    curve: Pick<SimulationOutcome, 'timestamp' | 'equity' | 'ruinedAt'>,
  ): SimulationOutcome {
    const open = desks.filter(({ position }) => position !== null)
    const trades = open.map((desk) => this.marked(desk, desk.position as Position))
    this.numberFills([...this.entryOfTrade, ...open.map(({ position }) => (position as Position).id)])
    return {
      ...curve,
      trades: this.trades,
      openTrades: new Records(TRADE_FIELDS, trades),
      fills: this.fills,
      refusals: this.refusals,
      refusalCounts: this.refusalCounts,
      ambiguousBars: this.ambiguousBars,
      resolvedBars: this.resolvedBars,
    }
  }

  /** Fills name their trade from here on, not their entry. */
  private numberFills(entries: readonly number[]) {
    const places = new Int32Array(entries.length)
    for (let place = 0; place < entries.length; place++) places[entries[place] as number] = place
    const { values, length, fields } = this.fills
    for (let fill = 0; fill < length; fill++) {
      const at = fill * fields.length + FILL_AT.trade
      values[at] = places[values[at] as number] as number
    }
  }

  private marked(desk: Desk, position: Position) {
    const bar = desk.bar
    const close = desk.candles.close[bar] as number
    const marked = position.copy()
    marked.gross += position.direction * position.quantity * (close - position.entryPrice)
    marked.leave(position.quantity, close)
    const time = desk.candles.timestamp[bar] as number
    const exit = { market: desk.index, bar, time, reason: 'end_of_data' } as const
    return tradeOf(marked, exit, this.historyOf(desk, position))
  }
}
