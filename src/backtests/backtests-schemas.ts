import { type Static, Type } from 'typebox'
import { Exchange, ID, Instant, PAGE, Paged, SymbolText, Timestamp } from '../market-data/market-schemas.ts'
import { Decimal, IdText, ValuesByName } from '../platform/http/request-fields.ts'
import { Nullable } from '../platform/http/route-schema.ts'
import { MetricsOrNull, ResultView } from './result-view-schemas.ts'

/** A key that is mistyped and dropped would give the figures of another run. */
const STRICT = { additionalProperties: false } as const

const InstrumentChoice = Type.Object(
  {
    dataset_id: Type.Optional(IdText('The candles, by their dataset')),
    exchange: Type.Optional(Exchange('With `symbol`, in place of `dataset_id`')),
    symbol: Type.Optional(SymbolText('With `exchange`')),
    price_tick: Type.Optional(
      Decimal(0, 1e9, { description: "In place of the instrument's; 0 for any price", examples: [0.01] }),
    ),
    quantity_step: Type.Optional(
      Decimal(0, 1e9, {
        description: "In place of the instrument's; 0 for any quantity",
        examples: [0.00001],
      }),
    ),
    minimum_notional: Type.Optional(
      Decimal(0, 1e12, { description: "In place of the instrument's", examples: [10] }),
    ),
  },
  { description: 'An instrument, by its dataset or by its names', ...STRICT },
)

const Fees = Type.Object(
  {
    maker: Decimal(0, 0.1, { description: 'Fraction of the notional', examples: [0.0002] }),
    taker: Decimal(0, 0.1, { description: 'Fraction of the notional', examples: [0.0005] }),
  },
  { description: "In place of the instruments' own", ...STRICT },
)

const SlippageChoice = Type.Object(
  {
    type: Type.String({ enum: ['percent', 'ticks'], examples: ['percent'] }),
    value: Decimal(0, 50, { examples: [0.02] }),
  },
  STRICT,
)

const FundingChoice = Type.Object(
  {
    rate: Decimal(-0.1, 0.1, { description: 'Of the notional, each time', examples: [0.0001] }),
    interval_hours: Type.Number({ minimum: 1, maximum: 168, default: 8, examples: [8] }),
  },
  { description: 'For perpetuals without a dataset of funding rates', ...STRICT },
)

const MaxGapChoice = Type.Object(
  {
    bars: Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      description: 'Longest gap that is let pass',
      examples: [5],
    }),
    action: Type.String({ enum: ['fail', 'warn'], default: 'fail', examples: ['fail'] }),
  },
  STRICT,
)

/** More than any strategy has. */
const MAX_PARAMETERS = 100

const ParameterValue = Type.Unsafe<number | boolean>({
  type: ['number', 'boolean'],
  minimum: -1e12,
  maximum: 1e12,
  format: 'decimal',
})

const Note = (example: string) =>
  Type.String({ format: 'paragraphs', maxLength: 10_000, examples: [example] })

/** What a run is asked for with. */
export const BacktestForm = Type.Object(
  {
    version: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: 'Of the strategy; the newest if left out',
        examples: [1],
      }),
    ),
    name: Type.Optional(Type.String({ format: 'text', maxLength: 200, examples: ['First try'] })),
    note: Type.Optional(Note('With the fees of a beginner')),
    instruments: Type.Array(InstrumentChoice, { minItems: 1, maxItems: 32 }),
    from: Type.Optional(Instant('First bar that may signal; the first there is if left out')),
    to: Type.Optional(Instant('Bars that open before it; all if left out')),
    parameters: ValuesByName(ParameterValue, MAX_PARAMETERS, {
      default: {},
      description: "Values in place of the strategy's defaults",
      examples: [{ fast: 10 }],
    }),
    initial_capital: Type.Number({
      minimum: 1,
      maximum: 1e12,
      default: 10_000,
      description: 'In the quote currency',
      examples: [10_000],
    }),
    fees: Type.Optional(Fees),
    slippage: Type.Optional(SlippageChoice),
    leverage: Type.Number({
      minimum: 1,
      maximum: 125,
      default: 1,
      description: 'Notional over margin; above 1 for perpetuals alone',
      examples: [1],
    }),
    funding: Type.Optional(FundingChoice),
    path: Type.Optional(
      Type.String({
        enum: ['worst_case', 'best_case', 'nearest_extreme', 'stored'],
        description:
          'Order of prices inside a bar: `stored` where finer candles are there, else `worst_case`',
        examples: ['worst_case'],
      }),
    ),
    limit_fill: Type.String({
      enum: ['through', 'touch'],
      default: 'through',
      description: 'When a limit order fills',
      examples: ['through'],
    }),
    close_at_end: Type.Union([Type.Boolean(), Type.Literal('open')], {
      default: true,
      description: 'Close open positions at the last close, at the last `open`, or not',
      examples: [true],
    }),
    periods_per_year: Type.Number({
      minimum: 1,
      maximum: 366,
      default: 365,
      description: 'Days that annual figures count with: 252 for stocks',
      examples: [365],
    }),
    from_out_of_sample: Type.Optional(Instant('Measure what comes before and from here on apart, too')),
    max_gap: Type.Optional(MaxGapChoice),
  },
  STRICT,
)

export type BacktestRequest = Static<typeof BacktestForm>

const STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const

const InstrumentView = Type.Object({
  exchange: Type.String({ examples: ['binance'] }),
  symbol: Type.String({ examples: ['BTC/USDT'] }),
  dataset_id: Type.String({ format: 'uuid', examples: [ID] }),
  is_synthetic: Type.Boolean({ examples: [false] }),
  series: Type.String({ description: 'Timeframe of the candles that are read', examples: ['1h'] }),
  rows_hash: Type.String({ description: 'SHA-256 of the rows that are read', examples: ['9f…'] }),
})

/** A backtest as lists show it. */
export const BacktestView = Type.Object({
  id: Type.String({ format: 'uuid', examples: [ID] }),
  strategy_id: Type.String({ format: 'uuid', examples: [ID] }),
  version: Type.Integer({ examples: [1] }),
  name: Type.String({ examples: ['First try'] }),
  note: Type.String({ examples: [''] }),
  is_favourite: Type.Boolean({ examples: [false] }),
  state: Type.String({ enum: STATES, examples: ['succeeded'] }),
  progress: Type.Object({
    bars_done: Type.Integer({ examples: [8_760] }),
    bars_total: Type.Integer({ examples: [8_760] }),
  }),
  error: Type.Unsafe<{ code: string; detail: string } | null>({
    type: ['object', 'null'],
    additionalProperties: true,
    examples: [null],
  }),
  run_id: Type.String({
    description: 'Identity of the result: equal runs of one account have the same',
    examples: ['5c…'],
  }),
  metrics: MetricsOrNull,
  created_at: Timestamp('When it was asked for'),
  started_at: Nullable<string>('string', { examples: [null] }),
  finished_at: Nullable<string>('string', { examples: [null] }),
})

export const BacktestDetail = Type.Object({
  ...BacktestView.properties,
  instruments: Type.Array(InstrumentView),
  settings: Type.Unsafe<object>({ type: 'object', additionalProperties: true, examples: [{ leverage: 1 }] }),
  result: ResultView,
})

export const BacktestList = Type.Object({ backtests: Type.Array(BacktestView), ...Paged })

export const BACKTEST_SORTS = [
  'created_at',
  '-created_at',
  'finished_at',
  '-finished_at',
  'name',
  '-name',
] as const

export const BacktestQuery = Type.Object({
  state: Type.Optional(Type.String({ enum: [...STATES], examples: ['succeeded'] })),
  is_favourite: Type.Optional(Type.Boolean({ examples: [true] })),
  search: Type.Optional(
    Type.String({ format: 'text', maxLength: 200, description: 'Part of the name', examples: ['try'] }),
  ),
  sort: Type.String({ enum: BACKTEST_SORTS, default: '-created_at', examples: ['-created_at'] }),
  ...PAGE,
})

export const BacktestChanges = Type.Object({
  name: Type.Optional(Type.String({ format: 'text', maxLength: 200, examples: ['With fees'] })),
  note: Type.Optional(Note('Better')),
  is_favourite: Type.Optional(Type.Boolean({ examples: [true] })),
})
