import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { queuedStream } from '../platform/http/queued-stream.ts'
import { routeSchema, shown } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { answerSignal, callerOf, guard } from '../sessions/guard.ts'
import { createChunkCache } from './chunk-cache.ts'
import {
  type Dataset,
  type DatasetFilter,
  deleteDataset,
  findDataset,
  findDatasets,
} from './datasets-repository.ts'
import { readInstant } from './formats.ts'
import {
  DatasetDetail,
  DatasetList,
  DatasetQuery,
  ID,
  IdPath,
  Instant,
  ROWS_TYPES,
  shownDataset,
  shownQuality,
  TimeframeText,
} from './market-schemas.ts'
import { readRows, type Wanted } from './read-candles.ts'
import { columnNames, type Series } from './series.ts'
import { lockStorage } from './storage-usage.ts'
import { isLargerMultiple, type Timeframe } from './timeframe.ts'
import { rowsAsArrow, rowsAsCsv, rowsAsJson } from './write-rows.ts'

const tags = ['Market data']
const CACHE_BYTES = 64 * 1024 * 1024
const JSON_ROWS = 1_000
/** A chunk in memory, and the rows of it that are being sent. */
const STREAMING = { bytes: 4 * 1024 * 1024, seconds: 3_600 }
/** No stored time is beyond it. */
const END_OF_TIME = Date.UTC(9999, 11, 31)

const CandlesQuery = Type.Object({
  from: Type.Optional(Instant('First bar; ISO 8601 or a count since 1970')),
  to: Type.Optional(Instant('Bars that open before it', '2026-02-01T00:00:00Z')),
  timeframe: Type.Optional(TimeframeText('A larger one than is stored')),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000_000,
      description: '1000 for JSON, else all',
      examples: [1_000],
    }),
  ),
})

const row = [1_612_137_600_000, 33_092.97, 33_151.75, 33_092.96, 33_148.47, 42.07]

const JsonRows = Type.Object({
  local_date_time: Type.String(),
  data: Type.Object({
    dataset_id: Type.String({ format: 'uuid' }),
    exchange: Type.String(),
    symbol: Type.String(),
    timeframe: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
    is_synthetic: Type.Boolean(),
    columns: Type.Array(Type.String()),
    rows: Type.Array(Type.Array(Type.Unsafe<number | null>({ type: ['number', 'null'] }))),
    next_from: Type.Unsafe<number | null>({ type: ['integer', 'null'], description: 'Where they go on' }),
  }),
  api_error: Type.Null(),
})

const jsonExample = {
  local_date_time: '2026-11-22T09:00:00.000Z',
  data: {
    ...{ dataset_id: ID, exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m', is_synthetic: false },
    columns: ['timestamp', 'open', 'high', 'low', 'close', 'volume'],
    rows: [row],
    next_from: null,
  },
  api_error: null,
}

const Rows = Type.Unsafe<unknown>({
  description: 'The rows, oldest first; as JSON times are milliseconds since 1970',
  content: {
    'application/json': shown(JsonRows, jsonExample),
    [ROWS_TYPES.csv]: shown(
      { type: 'string' },
      `timestamp,open,high,low,close,volume\n2021-02-01T00:00:00.000Z,${row.slice(1)}`,
    ),
    [ROWS_TYPES.arrow]: shown({ type: 'string', contentEncoding: 'binary' }, '(an Arrow IPC stream)'),
  },
})

function acceptedType(request: FastifyRequest): 'json' | 'csv' | 'arrow' {
  const accepted = String(request.headers.accept)
  if (accepted.includes(ROWS_TYPES.arrow)) return 'arrow'
  return accepted.includes(ROWS_TYPES.csv) ? 'csv' : 'json'
}

function fitting(timeframe: string | undefined, series: Series): Timeframe | undefined {
  const wanted = timeframe as Timeframe | undefined
  if (wanted === undefined || wanted === series) return undefined
  if (series !== 'funding' && isLargerMultiple(wanted, series)) return wanted
  throw new AppError('validation_failed', {
    detail: `Bars of ${wanted} cannot be made of ${series === 'funding' ? 'funding rates' : `bars of ${series}`}.`,
    fields: { timeframe: 'must be the stored timeframe or a larger multiple of it' },
  })
}

function factsOf(dataset: Dataset, timeframe: Timeframe | undefined) {
  return {
    dataset_id: dataset.id,
    exchange: dataset.exchange,
    symbol: dataset.symbol,
    timeframe: dataset.series === 'funding' ? null : (timeframe ?? dataset.series),
    is_synthetic: dataset.isSynthetic,
  }
}

/** `/api/v1/market/datasets`: candles and funding rates that are there. */
export function datasetsRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { db, clock } = platform
  const onRequest = guard(platform)
  const cache = createChunkCache(CACHE_BYTES)

  const datasetOf = async (request: FastifyRequest<{ Params: { id: string } }>): Promise<Dataset> => {
    const { id } = request.params
    const dataset = await findDataset(db, callerOf(request).user.id, id)
    if (dataset === undefined) throw new AppError('dataset_not_found')
    return dataset
  }

  return async (app) => {
    app.addHook('onRequest', onRequest)

    app.get(
      '/',
      {
        schema: routeSchema(
          { operationId: 'listDatasets', summary: "The caller's datasets and the shared ones", tags },
          { querystring: DatasetQuery },
          { 200: Envelope(DatasetList) },
          'guarded',
        ),
      },
      async (request) => {
        const { data, ...query } = request.query
        const filter = { ...query, ...(data === undefined ? {} : { kind: data }) } as DatasetFilter
        const { datasets, total } = await findDatasets(db, callerOf(request).user.id, filter)
        const { page, limit } = query
        return envelope(clock, { datasets: datasets.map(shownDataset), total, page, limit })
      },
    )

    app.get(
      '/:id',
      {
        schema: routeSchema(
          {
            operationId: 'getDataset',
            summary: 'A dataset, with its range, hash and quality',
            tags,
            errors: ['dataset_not_found'],
          },
          { params: IdPath },
          { 200: Envelope(DatasetDetail) },
          'guarded',
        ),
      },
      async (request) => {
        const dataset = await datasetOf(request)
        const quality = dataset.quality === null ? null : shownQuality(dataset.quality)
        return envelope(clock, { ...shownDataset(dataset), quality })
      },
    )

    app.delete(
      '/:id',
      {
        schema: routeSchema(
          {
            operationId: 'deleteDataset',
            summary: "Delete one of the caller's datasets; runs keep what they have read",
            tags,
            errors: ['csrf_rejected', 'dataset_not_found', 'shared_dataset'],
          },
          { params: IdPath },
          {
            200: Envelope(Type.Object({ message: Type.String({ examples: ['The dataset was deleted.'] }) })),
          },
          'guarded',
        ),
      },
      async (request) => {
        const { id, ownerId } = await datasetOf(request)
        if (ownerId === null) throw new AppError('shared_dataset')
        const isThere = await inTransaction(db, async (tx) => {
          await lockStorage(tx, ownerId)
          return deleteDataset(tx, ownerId, id, clock.now())
        })
        if (!isThere) throw new AppError('dataset_not_found')
        return envelope(clock, { message: 'The dataset was deleted.' })
      },
    )

    app.get(
      '/:id/candles',
      {
        schema: routeSchema(
          {
            operationId: 'readCandles',
            summary: 'Candles, or funding rates, as JSON, CSV or an Arrow IPC stream',
            description: `Send \`Accept: ${ROWS_TYPES.csv}\` or \`Accept: ${ROWS_TYPES.arrow}\` for the others.`,
            tags,
            errors: ['dataset_not_found', 'data_changed', 'overloaded'],
          },
          { params: IdPath, querystring: CandlesQuery },
          { 200: Rows },
          'guarded',
        ),
      },
      async (request, reply) => {
        const { from, to, limit } = request.query
        const dataset = await datasetOf(request)
        const timeframe = fitting(request.query.timeframe, dataset.series)
        const type = acceptedType(request)
        const bars = limit ?? (type === 'json' ? JSON_ROWS : Number.POSITIVE_INFINITY)
        const wanted: Wanted = {
          from: from === undefined ? 0 : readInstant(from),
          to: to === undefined ? END_OF_TIME : readInstant(to),
          timeframe,
          // One more, to know whether there is more.
          limit: type === 'json' ? bars + 1 : bars,
        }
        const userId = callerOf(request).user.id
        const place = await platform.work.stream.enter({
          userId,
          ...STREAMING,
          signal: answerSignal(request),
        })
        const reading = { db, cache, budget: place.budget }
        const rows = await readRows(reading, dataset, wanted).catch((error: unknown) => {
          place.leave()
          throw error
        })
        const names = columnNames(dataset.series)
        const facts = factsOf(dataset, timeframe)
        const name = `${dataset.exchange}-${dataset.symbol.replaceAll(/[/:]/g, '-')}-${facts.timeframe ?? 'funding'}`
        if (type === 'json') {
          const head = envelope(clock, { ...facts, columns: names })
          reply.type('application/json; charset=utf-8')
          return reply.send(queuedStream(place, rowsAsJson(rows, head, bars)))
        }
        reply.type(type === 'csv' ? `${ROWS_TYPES.csv}; charset=utf-8` : ROWS_TYPES.arrow)
        reply.header(
          'content-disposition',
          `attachment; filename="${name}.${type === 'csv' ? 'csv' : 'arrows'}"`,
        )
        if (type === 'csv') return reply.send(queuedStream(place, rowsAsCsv(rows, names)))
        const texts = Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, String(value)]))
        return reply.send(
          queuedStream(place, rowsAsArrow(rows, names, { ...texts, hash: dataset.hash.toString('hex') })),
        )
      },
    )
  }
}
