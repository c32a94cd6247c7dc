import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { storageUsage } from '../market-data/storage-usage.ts'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { routeSchema } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { callerOf, guard } from '../sessions/guard.ts'
import { strategyBytes } from '../strategies/strategy-bytes.ts'
import { keptBytes } from './kept-bytes.ts'

const Bytes = (description: string, example: number) =>
  Type.Integer({ minimum: 0, description, examples: [example] })
const QUOTA = 'Bytes that may be stored'

const Usage = Type.Object({
  market_data: Type.Object({
    stored_bytes: Bytes('All candles and funding rates that are kept', 12_582_912),
    datasets_bytes: Bytes('Current revisions of datasets', 8_388_608),
    earlier_bytes: Bytes('Earlier revisions: kept by backtests, or not removed yet', 4_194_304),
    staged_bytes: Bytes('Imports that have not ended', 0),
    quota_bytes: Bytes(QUOTA, 2_147_483_648),
  }),
  backtests: Type.Object({
    stored_bytes: Bytes('Backtests with their names, notes, settings and results', 1_048_576),
    quota_bytes: Bytes(QUOTA, 1_073_741_824),
  }),
  strategies: Type.Object({
    stored_bytes: Bytes('Strategies with all their versions', 20_480),
    quota_bytes: Bytes(QUOTA, 67_108_864),
  }),
})

/** `/api/v1/usage`: what an account stores, and how much it may. */
export function usageRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { db, clock, config } = platform
  return async (app) => {
    app.addHook('onRequest', guard(platform))

    app.get(
      '/',
      {
        schema: routeSchema(
          { operationId: 'getUsage', summary: "Return the caller's storage use and quotas", tags: ['Users'] },
          {},
          { 200: Envelope(Usage) },
          'guarded',
        ),
      },
      async (request) => {
        const { id } = callerOf(request).user
        const market = await storageUsage(db, id)
        return envelope(clock, {
          market_data: {
            stored_bytes: market.total,
            datasets_bytes: market.datasets,
            earlier_bytes: market.earlier,
            staged_bytes: market.staged,
            quota_bytes: config.market.storageBytesPerUser,
          },
          backtests: {
            stored_bytes: await keptBytes(db, id),
            quota_bytes: config.backtests.resultBytesPerUser,
          },
          strategies: {
            stored_bytes: await strategyBytes(db, id),
            quota_bytes: config.strategies.bytesPerUser,
          },
        })
      },
    )
  }
}
