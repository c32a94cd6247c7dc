import { Type } from 'typebox'
import { ID, Instant, PAGE, ROWS_TYPES } from '../market-data/market-schemas.ts'
import { Envelope } from '../platform/http/envelope.ts'
import { shown } from '../platform/http/route-schema.ts'
import { MetricsView, rowSchema } from './result-view-schemas.ts'
import {
  EQUITY_COLUMNS,
  ORDER_COLUMNS,
  type TableColumns,
  type TableRow,
  TRADE_COLUMNS,
} from './table-columns.ts'

function tableQuery(columns: TableColumns, example: string) {
  const sorts = Object.keys(columns).flatMap((name) => [name, `-${name}`])
  return Type.Object({
    sort: Type.Optional(
      Type.String({ enum: sorts, description: 'A column, with `-` downwards', examples: [example] }),
    ),
    ...PAGE,
  })
}

export const TradesQuery = tableQuery(TRADE_COLUMNS, '-net_profit')
export const OrdersQuery = tableQuery(ORDER_COLUMNS, '-time')

export const EquityQuery = Type.Object({
  resolution: Type.String({
    enum: ['day', 'bar'],
    default: 'day',
    description: 'UTC days, or every bar, which is computed again',
    examples: ['day'],
  }),
  ...PAGE,
  limit: Type.Integer({ minimum: 1, maximum: 10_000, default: 1_000, examples: [1_000] }),
})

const at = '2026-01-01T00:00:00.000Z'
const instrument = 'binance BTC/USDT'

const TRADE_EXAMPLE: TableRow = {
  ...{ number: 1, instrument, side: 'long', state: 'closed', signal_time: at },
  ...{ entry_time: at, entry_price: 42_000.5, quantity: 0.2, exit_time: '2026-01-02T00:00:00.000Z' },
  ...{ exit_price: 43_000, exit_reason: 'take_profit', gross_profit: 199.9, fees: 17, funding: 0 },
  ...{ net_profit: 182.9, return: 0.0218, bars: 24, max_favourable: 0.025, max_adverse: -0.004 },
  ...{ size_clipped: false, across_gap: false },
}

const ORDER_EXAMPLE: TableRow = {
  ...{ time: at, instrument, side: 'long', kind: 'entry', state: 'filled', reason: 'entry_rule' },
  ...{ price: 42_000.5, quantity: 0.2, fee: 8.4, liquidity: 'taker', at_open: true, trade: 1 },
}

const EQUITY_EXAMPLE: TableRow = { time: at, equity: 10_182.9, drawdown: 0, buy_and_hold: 10_120.4 }

function tableAnswer(columns: TableColumns, row: TableRow) {
  const table = Type.Object({
    rows: Type.Array(rowSchema(columns, row)),
    total: Type.Integer({ examples: [1] }),
    page: Type.Integer({ examples: [1] }),
    limit: Type.Integer({ examples: [20] }),
  })
  const csv = `${Object.keys(row).join(',')}\n${Object.values(row).join(',')}\n`
  return Type.Unsafe<unknown>({
    description: 'A page as JSON, or all of it as CSV or Arrow',
    content: {
      'application/json': shown(Envelope(table), {
        local_date_time: '2026-11-22T09:00:00.000Z',
        data: { rows: [row], total: 1, page: 1, limit: 20 },
        api_error: null,
      }),
      [ROWS_TYPES.csv]: shown({ type: 'string' }, csv),
      [ROWS_TYPES.arrow]: shown({ type: 'string', contentEncoding: 'binary' }, '(an Arrow IPC stream)'),
    },
  })
}

export const TradesAnswer = tableAnswer(TRADE_COLUMNS, TRADE_EXAMPLE)
export const OrdersAnswer = tableAnswer(ORDER_COLUMNS, ORDER_EXAMPLE)
export const EquityAnswer = tableAnswer(EQUITY_COLUMNS, EQUITY_EXAMPLE)

const Hashes = Type.Object({
  stored: Type.String({ examples: ['5c…'] }),
  computed: Type.String({ examples: ['5c…'] }),
})

export const VerificationView = Type.Object({
  verified: Type.Boolean({ examples: [true] }),
  engine_version: Type.String({ examples: ['1'] }),
  trades_hash: Hashes,
  equity_hash: Hashes,
})

const Known = (type: 'number' | 'string', example: unknown) =>
  Type.Unsafe<number | string | null>({ type: [type, 'null'], examples: [example] })

const Part = Type.Unsafe<object>({
  type: 'object',
  additionalProperties: true,
  description: 'A condition with its value, true, false, a number or null for unknown, and its parts',
  examples: [{ text: 'close > trend', value: true, parts: [] }],
})

/** What the rules said at a bar. */
export const Explanation = Type.Object({
  instruments: Type.Array(
    Type.Object({
      instrument: Type.String({ examples: ['binance BTC/USDT'] }),
      time: Known('string', '2026-01-01T00:00:00.000Z'),
      candle: Type.Unsafe<object | null>({
        type: ['object', 'null'],
        additionalProperties: true,
        examples: [null],
      }),
      rules: Type.Array(Part),
      position: Type.Unsafe<object | null>({
        type: ['object', 'null'],
        additionalProperties: true,
        examples: [null],
      }),
      orders: Type.Array(rowSchema(ORDER_COLUMNS, ORDER_EXAMPLE)),
      signalled: Type.Array(rowSchema(TRADE_COLUMNS, TRADE_EXAMPLE)),
    }),
  ),
})

export const ExplainQuery = Type.Object({
  at: Instant('A time in the bar', '2026-01-01T00:00:00Z'),
})

export const CompareQuery = Type.Object({
  ids: Type.String({
    format: 'text',
    maxLength: 2_000,
    description: 'Up to 20 ids, with commas between',
    examples: [ID],
  }),
})

const Compared = Type.Object({
  id: Type.String({ format: 'uuid', examples: [ID] }),
  name: Type.String({ examples: ['First try'] }),
  metrics: MetricsView,
  equity: Type.Array(Known('number', 1)),
})

const Comparison = Type.Object({
  backtests: Type.Array(Compared),
  days: Type.Array(Type.String({ examples: ['2026-01-01'] }), {
    description:
      'The axis of `equity`, which is in multiples of the initial capital, null where a run has no such day',
  }),
})

/** It is written in pieces, so no serializer is made of its schema. */
export const ComparisonAnswer = Type.Unsafe<unknown>(Envelope(Comparison))

export const ReportPage = Type.Unsafe<unknown>({
  description: 'One HTML page with everything in it',
  content: { 'text/html': shown({ type: 'string' }, '<!doctype html>…') },
})
