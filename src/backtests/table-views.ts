import type { Trade } from '../engine/outcome.ts'
import type { ExplainedBar } from './explain.ts'
import type { Order } from './outcome-tables.ts'
import type { RunSpec } from './run-spec.ts'
import type { Cell, EQUITY_COLUMNS, ORDER_COLUMNS, RowOf, TableRow, TRADE_COLUMNS } from './table-columns.ts'

const time = (ms: number) => new Date(ms).toISOString()
const nameOf = ({ instruments }: RunSpec, market: number) => instruments[market]?.rules.id as string
const known = (value: number) => (Number.isFinite(value) ? value : null)

/** A trade as a line of a table; `number` counts from 1. */
export function shownTrade(
  trade: Trade,
  number: number,
  isOpen: boolean,
  spec: RunSpec,
): RowOf<typeof TRADE_COLUMNS> {
  return {
    number,
    instrument: nameOf(spec, trade.market),
    side: trade.side,
    state: isOpen ? 'open' : 'closed',
    signal_time: time(trade.signalTime),
    entry_time: time(trade.entryTime),
    entry_price: trade.entryPrice,
    quantity: trade.quantity,
    exit_time: time(trade.exitTime),
    exit_price: trade.exitPrice,
    exit_reason: isOpen ? 'open' : trade.exitReason,
    gross_profit: trade.grossProfit,
    fees: trade.fees,
    funding: trade.funding,
    net_profit: trade.netProfit,
    return: trade.netProfit / (trade.quantity * trade.entryPrice),
    bars: trade.bars,
    max_favourable: trade.maxFavourable,
    max_adverse: trade.maxAdverse,
    size_clipped: trade.sizeClipped,
    across_gap: trade.acrossGap,
  }
}

export function shownOrder(order: Order, spec: RunSpec): RowOf<typeof ORDER_COLUMNS> {
  return {
    time: time(order.time),
    instrument: nameOf(spec, order.market),
    side: order.side,
    kind: order.kind,
    state: order.state,
    reason: order.reason,
    price: known(order.price),
    quantity: known(order.quantity),
    fee: order.fee,
    liquidity: order.liquidity === 'none' ? null : order.liquidity,
    at_open: order.atOpen,
    trade: order.trade < 0 ? null : order.trade + 1,
  }
}

/** Points of an equity curve with its drawdown from the peak so far, the initial capital first. */
export function shownEquity(
  times: Float64Array,
  equity: Float64Array,
  buyAndHold: Float64Array,
  initialCapital: number,
): RowOf<typeof EQUITY_COLUMNS>[] {
  let peak = initialCapital
  return Array.from(times, (at, index) => {
    const value = equity[index] as number
    peak = Math.max(peak, value)
    return {
      time: time(at),
      equity: value,
      drawdown: (peak - value) / peak,
      buy_and_hold: buyAndHold[index] as number,
    }
  })
}

/** What the rules said at a bar, with the orders of that bar and the trades that it signalled. */
export function shownExplanation(
  { time: at, position, orders, signalled, ...bar }: ExplainedBar & { orders: Order[]; signalled: Trade[] },
  spec: RunSpec,
) {
  return {
    instrument: bar.instrument,
    time: at === null ? null : time(at),
    candle: bar.candle,
    rules: bar.rules.map(({ isReady, ...rule }) => ({ ...rule, is_ready: isReady })),
    position: position && {
      side: position.side,
      quantity: position.quantity,
      entry_time: time(position.entryTime),
      entry_price: position.entryPrice,
      bars_in_position: position.barsInPosition,
      position_return: position.positionReturn,
      highest_since_entry: position.highestSinceEntry,
      lowest_since_entry: position.lowestSinceEntry,
    },
    orders: orders.map((order) => shownOrder(order, spec)),
    signalled: signalled.map((trade, at) => shownTrade(trade, at + 1, false, spec)),
  }
}

function csvCell(cell: Cell): string {
  const text = cell === null ? '' : String(cell)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A table as CSV (RFC 4180, line feeds), in pieces. */
export function* tableAsCsv(rows: readonly TableRow[], names: readonly string[]): Generator<string> {
  yield `${names.join(',')}\n`
  const AT_ONCE = 1_000
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const lines = rows
      .slice(from, from + AT_ONCE)
      .map((row) => names.map((name) => csvCell(row[name] as Cell)).join(','))
    yield `${lines.join('\n')}\n`
  }
}
