import { Type } from 'typebox'
import { SMALLEST_NUMBER } from '../platform/http/formats.ts'
import { Decimal, IdText } from '../platform/http/request-fields.ts'
import { Nullable } from '../platform/http/route-schema.ts'
import {
  Exchange,
  ID,
  Instant,
  KindText,
  PAGE,
  Paged,
  SymbolText,
  TimeframeText,
  Timestamp,
} from './market-schemas.ts'

const STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled']
const SOURCES = ['upload', 'exchange']

const Data = Type.String({
  enum: ['candles', 'funding'],
  default: 'candles',
  description: 'What it is',
  examples: ['candles'],
})

const OnConflictText = Type.String({
  enum: ['refuse', 'replace'],
  default: 'refuse',
  description: 'What becomes of rows that disagree with stored ones',
  examples: ['refuse'],
})

/** The fields of the form that come before its file. */
export const UploadFields = Type.Object({
  exchange: Exchange('Where it is traded'),
  symbol: SymbolText('In unified form'),
  data: Data,
  timeframe: Type.Optional(TimeframeText('How long a bar is; needed for candles')),
  kind: Type.Optional(KindText),
  on_conflict: OnConflictText,
  price_tick: Type.Optional(Type.Number({ minimum: SMALLEST_NUMBER, maximum: 1e9, examples: [0.01] })),
  quantity_step: Type.Optional(Type.Number({ minimum: SMALLEST_NUMBER, maximum: 1e9, examples: [0.00001] })),
  minimum_notional: Type.Optional(Decimal(0, 1e9, { examples: [5] })),
  maker_fee: Type.Optional(Decimal(-0.1, 0.1, { examples: [0.001] })),
  taker_fee: Type.Optional(Decimal(-0.1, 0.1, { examples: [0.001] })),
  maintenance_margin_rate: Type.Optional(Decimal(0, 0.5, { examples: [0.005] })),
})

export const ExchangeImport = Type.Object({
  exchange: Exchange('One of GET /market/exchanges'),
  symbol: SymbolText('In unified form'),
  data: Data,
  timeframe: Type.Optional(TimeframeText('How long a bar is; needed for candles')),
  from: Instant('First bar'),
  to: Type.Optional(Instant('Bars that open before it; now where it is left out', '2026-02-01')),
  on_conflict: OnConflictText,
})

export const ImportView = Type.Object({
  id: Type.String({ format: 'uuid', examples: [ID] }),
  source: Type.String({ enum: SOURCES, examples: ['upload'] }),
  state: Type.String({ enum: STATES, examples: ['succeeded'] }),
  data: Type.String({ enum: ['candles', 'funding'], examples: ['candles'] }),
  exchange: Exchange('Where it is traded'),
  symbol: SymbolText('In unified form'),
  timeframe: Nullable<string>('string', { description: 'Null for funding', examples: ['1m'] }),
  from: Nullable<string>('string', {
    description: 'What was asked of an exchange',
    examples: ['2026-01-01T00:00:00.000Z'],
  }),
  to: Nullable<string>('string', { examples: ['2026-02-01T00:00:00.000Z'] }),
  on_conflict: Type.String({ enum: ['refuse', 'replace'], examples: ['refuse'] }),
  dataset_id: Nullable<string>('string', { description: 'Where it went', examples: [ID] }),
  progress: Type.Number({ description: 'From 0 to 1', examples: [1] }),
  bars_read: Type.Integer({ examples: [10_080] }),
  bars_added: Type.Integer({ description: 'That were not there before', examples: [10_080] }),
  error: Type.Unsafe<{ code: string; detail: string | null } | null>({
    type: ['object', 'null'],
    properties: { code: { type: 'string' }, detail: { type: ['string', 'null'] } },
    description: 'Why it failed; the codes are those of errors',
    examples: [null],
  }),
  created_at: Timestamp('When it began'),
  updated_at: Timestamp('When it was last heard of'),
  finished_at: Nullable<string>('string', { examples: ['2026-11-22T09:00:00.000Z'] }),
})

export const ImportList = Type.Object({ imports: Type.Array(ImportView), ...Paged })

export const ImportQuery = Type.Object({
  state: Type.Optional(Type.String({ enum: STATES, examples: ['running'] })),
  source: Type.Optional(Type.String({ enum: SOURCES, examples: ['upload'] })),
  dataset_id: Type.Optional(IdText('Only into this dataset')),
  sort: Type.String({
    enum: ['created_at', '-created_at'],
    default: '-created_at',
    description: 'With `-` downwards',
    examples: ['-created_at'],
  }),
  ...PAGE,
})
