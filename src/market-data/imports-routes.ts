import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest, FastifySchemaCompiler } from 'fastify'
import { type Static, type TSchema, Type } from 'typebox'
import type { ImportRow, InstrumentKind } from '../platform/database/tables.ts'
import { inTransaction } from '../platform/database/transaction.ts'
import { AppError } from '../platform/errors.ts'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { eventStreams } from '../platform/http/event-stream.ts'
import { StreamHeaders } from '../platform/http/request-fields.ts'
import { routeSchema, shown } from '../platform/http/route-schema.ts'
import { exampleOf } from '../platform/http/schema-example.ts'
import { validationError } from '../platform/http/validation.ts'
import type { Platform } from '../platform/platform.ts'
import { answerSignal, callerOf, guard } from '../sessions/guard.ts'
import { marketFormats } from './formats.ts'
import {
  findImport,
  findImportEvents,
  findImports,
  type ImportFilter,
  recordImport,
  shownImport,
} from './imports-repository.ts'
import { ExchangeImport, ImportList, ImportQuery, ImportView, UploadFields } from './imports-schemas.ts'
import { IdPath } from './market-schemas.ts'
import type { OnConflict } from './merge-columns.ts'
import { openParserThreads } from './parser-threads.ts'
import { requestExchangeImport } from './request-exchange-import.ts'
import { unstage } from './revisions-repository.ts'
import type { Series } from './series.ts'
import { type UploadFacts, uploadFile } from './upload-file.ts'
import { uploadSlots } from './upload-slots.ts'

const tags = ['Market data']
const MULTIPART = 'multipart/form-data'
/** Of all users, in one process. */
const MAX_OPEN_UPLOADS = 200

/** Either a form with a file, which is checked while it arrives, or the request of an import from an exchange. */
function importBody(maxUploadBytes: number) {
  const file = {
    ...{ type: 'string', contentEncoding: 'binary', maxLength: maxUploadBytes },
    examples: ['(the file, last)'],
  }
  const form = { ...UploadFields, properties: { ...UploadFields.properties, file } }
  return Type.Unsafe<unknown>({
    content: {
      'application/json': { schema: { ...ExchangeImport, examples: [exampleOf(ExchangeImport)] } },
      [MULTIPART]: {
        schema: {
          ...form,
          required: [...form.required, 'file'],
          'x-streamed': true,
          examples: [exampleOf(form)],
        },
      },
    },
  })
}

const Events = Type.Unsafe<unknown>({
  description: 'Server-sent events named like states, or `progress`; their data is the import',
  content: {
    'text/event-stream': shown(
      { type: 'string' },
      'id: 1\nevent: progress\ndata: {"state":"running","progress":0.5}\n\n',
    ),
  },
})

function seriesOf(fields: { data: string; timeframe?: string }): Series {
  if (fields.data === 'funding') return 'funding'
  if (fields.timeframe !== undefined) return fields.timeframe as Series
  throw new AppError('validation_failed', {
    detail: 'The timeframe is required for candles.',
    fields: { timeframe: 'is required' },
  })
}

function rulesOf(fields: Static<typeof UploadFields>): UploadFacts['rules'] {
  const { price_tick, quantity_step, minimum_notional, maker_fee, taker_fee, maintenance_margin_rate } =
    fields
  const all = { price_tick, quantity_step, minimum_notional, maker_fee, taker_fee, maintenance_margin_rate }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** Reads the fields of a form by the schema, as if they were those of a query: all of them are text. */
function factsReader(request: FastifyRequest) {
  return (texts: Record<string, string>): UploadFacts => {
    const fields: unknown = { ...texts }
    const validate = request.compileValidationSchema(UploadFields, 'querystring')
    if (!validate(fields)) throw validationError(validate.errors ?? [], 'body', marketFormats)
    const read = fields as Static<typeof UploadFields>
    return {
      exchange: read.exchange,
      symbol: read.symbol,
      series: seriesOf(read),
      kind: read.kind as InstrumentKind | undefined,
      onConflict: read.on_conflict as OnConflict,
      rules: rulesOf(read),
    }
  }
}

/** What is streamed is not there yet when a body is checked. */
function skipStreamed(compile: FastifySchemaCompiler<TSchema> | undefined): FastifySchemaCompiler<TSchema> {
  return (route) => ('x-streamed' in route.schema || compile === undefined ? () => true : compile(route))
}

/** `/api/v1/market/imports`: how data comes in. */
export function importsRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { db, clock, config } = platform
  const onRequest = guard(platform)
  const slots = uploadSlots({ perUser: platform.config.market.maxImportsPerUser, total: MAX_OPEN_UPLOADS })
  const parsers = openParserThreads()
  platform.atClose(() => parsers.close())

  const importOf = async (request: FastifyRequest<{ Params: { id: string } }>): Promise<ImportRow> => {
    const { id } = request.params
    const row = await findImport(db, callerOf(request).user.id, id)
    if (row === undefined) throw new AppError('import_not_found')
    return row
  }

  return async (app) => {
    const streams = eventStreams(app)
    app.addHook('onRequest', onRequest)
    app.addContentTypeParser(MULTIPART, (_request, _payload, done) => done(null))

    app.post(
      '/',
      {
        validatorCompiler: skipStreamed(app.validatorCompiler as FastifySchemaCompiler<TSchema> | undefined),
        schema: {
          ...routeSchema(
            {
              operationId: 'importData',
              summary: 'Upload a file, or have candles fetched from an exchange',
              description:
                'An upload answers 201 when all of it is stored; an import from an exchange goes on in the background: look at `state`, or follow its events.',
              tags,
              errors: [
                'csrf_rejected',
                'validation_failed',
                'overloaded',
                'request_timeout',
                'data_changed',
                'data_conflict',
                'import_cancelled',
                'invalid_file',
                'invalid_rows',
                'storage_full',
                'too_many_imports',
              ],
            },
            {},
            { 201: Envelope(ImportView) },
            'guarded',
          ),
          body: importBody(config.market.maxUploadBytes),
        },
      },
      async (request, reply) => {
        const { user } = callerOf(request)
        const isUpload = request.mediaType === MULTIPART
        const row = isUpload
          ? await uploadFile(
              { ...platform, parsers },
              {
                userId: user.id,
                request: request.raw,
                readFacts: factsReader(request),
                signal: answerSignal(request),
                slots,
              },
            )
          : await requestExchangeImport(platform, user.id, request.body as Static<typeof ExchangeImport>)
        reply.code(201).header('location', `/api/v1/market/imports/${row.id}`)
        return envelope(clock, shownImport(row))
      },
    )

    app.get(
      '/',
      {
        schema: routeSchema(
          { operationId: 'listImports', summary: "The caller's imports, newest first", tags },
          { querystring: ImportQuery },
          { 200: Envelope(ImportList) },
          'guarded',
        ),
      },
      async (request) => {
        const { imports, total } = await findImports(
          db,
          callerOf(request).user.id,
          request.query as ImportFilter,
        )
        const { page, limit } = request.query
        return envelope(clock, { imports: imports.map(shownImport), total, page, limit })
      },
    )

    app.get(
      '/:id',
      {
        schema: routeSchema(
          { operationId: 'getImport', summary: 'An import', tags, errors: ['import_not_found'] },
          { params: IdPath },
          { 200: Envelope(ImportView) },
          'guarded',
        ),
      },
      async (request) => envelope(clock, shownImport(await importOf(request))),
    )

    app.get(
      '/:id/events',
      {
        schema: routeSchema(
          {
            operationId: 'followImport',
            summary: 'What happens to an import, as it happens',
            description:
              'Continues after the event that `Last-Event-ID` names. Ends with the import, its deletion, or the session, and after an hour at the latest.',
            tags,
            errors: ['import_not_found'],
          },
          { params: IdPath, headers: StreamHeaders },
          { 200: Events },
          'guarded',
        ),
      },
      async (request, reply) => {
        const { id, user_id: userId } = await importOf(request)
        await streams.send(request, reply, { read: (after) => findImportEvents(db, userId, id, after) })
      },
    )

    app.post(
      '/:id/cancel',
      {
        schema: routeSchema(
          {
            operationId: 'cancelImport',
            summary: 'Cancel an import; what an exchange gave already stays',
            description: 'One that has ended stays as it is.',
            tags,
            errors: ['csrf_rejected', 'import_not_found'],
          },
          { params: IdPath },
          { 200: Envelope(ImportView) },
          'guarded',
        ),
      },
      async (request) => {
        const before = await importOf(request)
        const after = await inTransaction(db, async (tx) => {
          const row = await recordImport(tx, before.id, { state: 'cancelled' }, clock.now())
          if (row !== undefined) await unstage(tx, before.id)
          return row
        })
        return envelope(clock, shownImport(after ?? (await importOf(request))))
      },
    )
  }
}
