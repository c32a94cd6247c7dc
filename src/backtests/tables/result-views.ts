import type { Trade } from '../../engine/outcome.ts'
import { EXIT_REASONS, KINDS, SIDES } from '../../engine/outcome-records.ts'
import { ORDER_LIQUIDITIES, ORDER_REASONS, ORDER_STATES, type Order } from '../outcome-tables.ts'
import type { BarCurve } from '../run-output.ts'
import type { RunSpec } from '../run-spec.ts'
import { EQUITY_COLUMNS, ORDER_COLUMNS, type TableColumns, TRADE_COLUMNS } from '../table-columns.ts'
import { type ColumnarTable, memoryTable, withRunningColumn } from './columnar-table.ts'
import type { TableView, ViewColumn } from './table-view.ts'

type Made<Name extends string> = Omit<ViewColumn<Name>, 'name' | 'type'>

function viewOf<Name extends string, Columns extends TableColumns>(
  table: ColumnarTable<Name>,
  types: Columns,
  columns: Record<keyof Columns & string, Made<Name>>,
): TableView<Name> {
  const named = Object.entries(types).map(([name, type]) => ({
    name,
    type,
    ...columns[name as keyof Columns & string],
  }))
  return { table, columns: named }
}

const as = <Name extends string>(name: Name): Made<Name> => ({ from: [name] })
const word = <Name extends string>(name: Name, words: readonly string[]): Made<Name> => ({
  from: [name],
  words,
})

const idsOf = ({ instruments }: RunSpec) => instruments.map(({ rules }) => rules.id)

/** Trades; those from `closed` on are open. */
export function tradesView(
  table: ColumnarTable<keyof Trade>,
  spec: RunSpec,
  closed: number,
): TableView<keyof Trade> {
  const open = EXIT_REASONS.length
  return viewOf(table, TRADE_COLUMNS, {
    number: { from: [], value: (_, __, row) => row + 1 },
    instrument: word('market', idsOf(spec)),
    side: word('side', SIDES),
    state: { from: [], value: (_, __, row) => (row < closed ? 0 : 1), words: ['closed', 'open'] },
    signal_time: as('signalTime'),
    entry_time: as('entryTime'),
    entry_price: as('entryPrice'),
    quantity: as('quantity'),
    exit_time: as('exitTime'),
    exit_price: as('exitPrice'),
    exit_reason: {
      from: ['exitReason'],
      value: ({ exitReason }, at, row) => (row < closed ? (exitReason[at] as number) : open),
      words: [...EXIT_REASONS, 'open'],
    },
    gross_profit: as('grossProfit'),
    fees: as('fees'),
    funding: as('funding'),
    net_profit: as('netProfit'),
    return: {
      from: ['netProfit', 'quantity', 'entryPrice'],
      value: ({ netProfit, quantity, entryPrice }, at) =>
        (netProfit[at] as number) / ((quantity[at] as number) * (entryPrice[at] as number)),
    },
    bars: as('bars'),
    max_favourable: as('maxFavourable'),
    max_adverse: as('maxAdverse'),
    size_clipped: as('sizeClipped'),
    across_gap: as('acrossGap'),
  })
}

export function ordersView(table: ColumnarTable<keyof Order>, spec: RunSpec): TableView<keyof Order> {
  const none = ORDER_LIQUIDITIES.indexOf('none')
  return viewOf(table, ORDER_COLUMNS, {
    time: as('time'),
    instrument: word('market', idsOf(spec)),
    side: word('side', SIDES),
    kind: word('kind', KINDS),
    state: word('state', ORDER_STATES),
    reason: word('reason', ORDER_REASONS),
    price: as('price'),
    quantity: as('quantity'),
    fee: as('fee'),
    liquidity: {
      from: ['liquidity'],
      value: ({ liquidity }, at) => (liquidity[at] === none ? Number.NaN : (liquidity[at] as number)),
      words: ORDER_LIQUIDITIES,
    },
    at_open: as('atOpen'),
    trade: {
      from: ['trade'],
      value: ({ trade }, at) => ((trade[at] as number) < 0 ? Number.NaN : (trade[at] as number) + 1),
    },
  })
}

export type EquityColumn = 'time' | 'equity' | 'buyAndHold'

/** The curve of bars as a table. */
export function barTable({ timestamp, equity, buyAndHold }: BarCurve): ColumnarTable<EquityColumn> {
  return memoryTable({ time: timestamp, equity, buyAndHold })
}

/** Points of an equity curve with its drawdown from the peak so far, the initial capital first. */
export function equityView(
  table: ColumnarTable<EquityColumn>,
  initialCapital: number,
): TableView<EquityColumn | 'peak'> {
  const running = { name: 'peak', from: 'equity', start: initialCapital, next: Math.max } as const
  return viewOf(withRunningColumn(table, running), EQUITY_COLUMNS, {
    time: as('time'),
    equity: as('equity'),
    drawdown: {
      from: ['peak', 'equity'],
      value: ({ peak, equity }, at) => ((peak[at] as number) - (equity[at] as number)) / (peak[at] as number),
    },
    buy_and_hold: as('buyAndHold'),
  })
}
