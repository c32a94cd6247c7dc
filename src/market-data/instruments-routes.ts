import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { routeSchema } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { callerOf, guard } from '../sessions/guard.ts'
import { EXCHANGES } from './exchanges.ts'
import { findInstruments, type InstrumentFilter } from './instruments-repository.ts'
import { ExchangeList, InstrumentList, InstrumentQuery, shownInstrument } from './market-schemas.ts'

const tags = ['Market data']

/** `/api/v1/market`: what is traded, and where. */
export function instrumentsRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { db, clock } = platform
  const onRequest = guard(platform)
  return async (app) => {
    app.addHook('onRequest', onRequest)

    app.get(
      '/exchanges',
      {
        schema: routeSchema(
          { operationId: 'listExchanges', summary: 'Exchanges that history can be fetched from', tags },
          {},
          { 200: Envelope(ExchangeList) },
          'guarded',
        ),
      },
      async () => {
        const exchanges = EXCHANGES.map(({ id, name, timeframes, hasFunding }) => ({
          ...{ id, name, timeframes: [...timeframes], has_funding: hasFunding },
        }))
        return envelope(clock, { exchanges, total: exchanges.length, page: 1, limit: exchanges.length })
      },
    )

    app.get(
      '/instruments',
      {
        schema: routeSchema(
          { operationId: 'listInstruments', summary: "The caller's instruments and the shared ones", tags },
          { querystring: InstrumentQuery },
          { 200: Envelope(InstrumentList) },
          'guarded',
        ),
      },
      async (request) => {
        const filter = request.query as InstrumentFilter
        const { instruments, total } = await findInstruments(db, callerOf(request).user.id, filter)
        return envelope(clock, {
          instruments: instruments.map(shownInstrument),
          total,
          page: filter.page,
          limit: filter.limit,
        })
      },
    )
  }
}
