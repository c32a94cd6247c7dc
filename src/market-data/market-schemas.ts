import { Type } from 'typebox'
import type { InstrumentRow } from '../platform/database/tables.ts'
import { IdText } from '../platform/http/request-fields.ts'
import { Nullable } from '../platform/http/route-schema.ts'
import { DATASET_SORTS, type Dataset } from './datasets-repository.ts'
import { type Quality, staleRuns } from './quality.ts'
import { TIMEFRAMES } from './timeframe.ts'

export const ID = '01a20575-fd08-7f42-b0a3-69b4f86e5c8d'

export const Timestamp = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-11-22T09:00:00.000Z'] })

export const Exchange = (description: string) =>
  Type.String({ minLength: 1, maxLength: 40, format: 'exchange', description, examples: ['binance'] })
export const SymbolText = (description: string) =>
  Type.String({ minLength: 1, maxLength: 60, format: 'symbol', description, examples: ['BTC/USDT'] })
export const Instant = (description: string, example = '2026-01-01') =>
  Type.String({ minLength: 1, maxLength: 40, format: 'instant', description, examples: [example] })
export const TimeframeText = (description: string) =>
  Type.String({ enum: TIMEFRAMES, description, examples: ['1m'] })
export const KindText = Type.String({
  enum: ['spot', 'linear'],
  description: 'Spot, or a linear perpetual',
  examples: ['spot'],
})

export const PAGE = {
  page: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1, examples: [1] }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20, examples: [20] }),
}

export const Paged = {
  total: Type.Integer({ description: 'How many there are in all', examples: [1] }),
  page: Type.Integer({ examples: [1] }),
  limit: Type.Integer({ examples: [20] }),
}

export const IdPath = Type.Object({ id: IdText('Its id') })

export const DatasetQuery = Type.Object({
  exchange: Type.Optional(Exchange('Only of this exchange')),
  symbol: Type.Optional(SymbolText('Only of this symbol')),
  timeframe: Type.Optional(TimeframeText('Only of this timeframe')),
  data: Type.Optional(Type.String({ enum: ['candles', 'funding'], examples: ['candles'] })),
  owner: Type.Optional(
    Type.String({
      enum: ['me', 'shared'],
      description: "Only the caller's, or only shared ones",
      examples: ['me'],
    }),
  ),
  sort: Type.String({
    enum: DATASET_SORTS,
    default: '-updated_at',
    description: 'With `-` downwards',
    examples: ['symbol'],
  }),
  ...PAGE,
})

const Gap = Type.Object({
  from: Timestamp('First missing bar'),
  to: Timestamp('Next stored bar'),
  bars: Type.Integer({ examples: [3] }),
})

const DATASET = {
  id: Type.String({ format: 'uuid', examples: [ID] }),
  instrument_id: Type.String({ format: 'uuid', examples: [ID] }),
  exchange: Exchange('Where it is traded'),
  symbol: SymbolText('In unified form'),
  data: Type.String({ enum: ['candles', 'funding'], examples: ['candles'] }),
  timeframe: Nullable<string>('string', { description: 'Null for funding', examples: ['1m'] }),
  is_shared: Type.Boolean({ description: 'Whether everybody has it' }),
  is_synthetic: Type.Boolean({ description: 'Whether it was made up by a generator and is no market' }),
  from: Timestamp('Open of the first bar'),
  to: Timestamp('Open of the last bar'),
  bars: Type.Integer({ examples: [10_080] }),
  bytes: Type.Integer({ description: 'As it is stored', examples: [262_144] }),
  hash: Type.String({
    description: 'Of all values: another value, another hash',
    examples: ['9f86d081884c7d65'.repeat(4)],
  }),
  revision_id: Type.String({ format: 'uuid', description: 'What a run keeps of it', examples: [ID] }),
  created_at: Timestamp('When it was made'),
  updated_at: Timestamp('When it was last changed'),
}

export const DatasetList = Type.Object({ datasets: Type.Array(Type.Object(DATASET)), ...Paged })

const QualitySchema = Type.Object({
  missing_bars: Type.Integer({ description: 'Between the first and the last', examples: [3] }),
  gaps: Type.Integer({ description: 'Places where bars are missing', examples: [1] }),
  longest_gaps: Type.Array(Gap, { description: 'The 20 longest' }),
  without_volume: Type.Number({ description: 'Share of the bars', examples: [0.01] }),
  jumps: Type.Integer({
    description: 'Closes that differ from the one before by more than 20 %',
    examples: [0],
  }),
  stale_runs: Type.Integer({
    description: 'Ten or more bars in a row at one and the same price',
    examples: [0],
  }),
  longest_stale_run: Type.Integer({ description: 'In bars', examples: [2] }),
})

export const DatasetDetail = Type.Object({
  ...DATASET,
  quality: Type.Unsafe<ReturnType<typeof shownQuality> | null>({
    ...QualitySchema,
    type: ['object', 'null'],
    description: 'Null for funding',
  }),
})

export const ROWS_TYPES = {
  csv: 'text/csv',
  arrow: 'application/vnd.apache.arrow.stream',
} as const

export function shownDataset(dataset: Dataset) {
  const { series } = dataset
  return {
    id: dataset.id,
    instrument_id: dataset.instrumentId,
    exchange: dataset.exchange,
    symbol: dataset.symbol,
    data: series === 'funding' ? 'funding' : 'candles',
    timeframe: series === 'funding' ? null : series,
    is_shared: dataset.ownerId === null,
    is_synthetic: dataset.isSynthetic,
    from: dataset.firstAt.toISOString(),
    to: dataset.lastAt.toISOString(),
    bars: dataset.bars,
    bytes: dataset.bytes,
    hash: dataset.hash.toString('hex'),
    revision_id: dataset.revisionId,
    created_at: dataset.createdAt.toISOString(),
    updated_at: dataset.updatedAt.toISOString(),
  }
}

export function shownQuality(quality: Quality) {
  return {
    missing_bars: quality.missing,
    gaps: quality.gaps,
    longest_gaps: quality.longestGaps.map(({ from, to, bars }) => ({
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      bars,
    })),
    without_volume: quality.withoutVolume / quality.bars,
    jumps: quality.jumps,
    stale_runs: staleRuns(quality),
    longest_stale_run: quality.longestRun,
  }
}

export const ExchangeList = Type.Object({
  exchanges: Type.Array(
    Type.Object({
      id: Exchange('As imports name it'),
      name: Type.String({ examples: ['Binance'] }),
      timeframes: Type.Array(TimeframeText('That it has')),
      has_funding: Type.Boolean({ description: 'Whether it tells past funding rates' }),
    }),
  ),
  ...Paged,
})

export const InstrumentQuery = Type.Object({
  exchange: Type.Optional(Exchange('Only of this exchange')),
  kind: Type.Optional(KindText),
  search: Type.Optional(
    Type.String({ format: 'text', maxLength: 60, description: 'Part of the symbol', examples: ['BTC'] }),
  ),
  sort: Type.String({
    enum: ['symbol', '-symbol', 'created_at', '-created_at'],
    default: 'symbol',
    description: 'With `-` downwards',
    examples: ['symbol'],
  }),
  ...PAGE,
})

const Fraction = (description: string) => Type.Number({ description, examples: [0.001] })

const Instrument = Type.Object({
  id: Type.String({ format: 'uuid', examples: [ID] }),
  exchange: Exchange('Where it is traded'),
  symbol: SymbolText('In unified form'),
  kind: KindText,
  is_shared: Type.Boolean(),
  price_tick: Fraction('Prices are multiples of it'),
  quantity_step: Fraction('Quantities are multiples of it'),
  minimum_notional: Type.Number({ description: 'The smallest order, in the quote', examples: [5] }),
  maker_fee: Fraction('Of the notional'),
  taker_fee: Fraction('Of the notional'),
  maintenance_margin_rate: Fraction('Of the notional; 0 for spot'),
  created_at: Timestamp('When it was made'),
  updated_at: Timestamp('When it was last changed'),
})

export const InstrumentList = Type.Object({ instruments: Type.Array(Instrument), ...Paged })

export function shownInstrument({ owner_id, ...row }: InstrumentRow) {
  return {
    ...row,
    is_shared: owner_id === null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}
