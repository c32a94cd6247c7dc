import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { sql } from 'kysely'
import { Type } from 'typebox'
import { AppError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { routeSchema } from './route-schema.ts'

const tags = ['Operations']
const RETRY_AFTER_SECONDS = 5

const Health = Type.Object({
  status: Type.String({ examples: ['healthy'] }),
  message: Type.String({ examples: ['API is running'] }),
  version: Type.String({ examples: ['1.0.0'] }),
  uptime_seconds: Type.Integer({ examples: [42] }),
})

/** Reads all metrics: of this process, or of all where there are several. */
export type ReadMetrics = () => Promise<string>

/** What operators and their machines ask. */
export function operationsRoutes(
  platform: Platform,
  version: string,
  readMetrics: ReadMetrics = () => platform.metrics.registry.metrics(),
): FastifyPluginAsyncTypebox {
  const { db, config } = platform
  const health = (message: string) => ({
    status: 'healthy',
    message,
    version,
    uptime_seconds: Math.floor(process.uptime()),
  })
  return async (app) => {
    app.get(
      '/',
      {
        schema: routeSchema(
          { operationId: 'about', summary: 'What this is, and where everything is', tags },
          {},
          {
            200: Type.Object({
              name: Type.String({ examples: ['CrypAlgos API'] }),
              version: Type.String({ examples: ['1.0.0'] }),
              links: Type.Object({}, { additionalProperties: Type.String({ examples: ['/docs'] }) }),
            }),
          },
        ),
      },
      async () => ({
        name: 'CrypAlgos API',
        version,
        links: {
          api: '/api/v1',
          docs: '/docs',
          redoc: '/redoc',
          openapi: '/openapi.json',
          health: '/health',
          readiness: '/health/ready',
          metrics: '/metrics',
          ...(config.environment === 'production' ? {} : { mailbox: '/dev/mailbox' }),
        },
      }),
    )

    app.get(
      '/health',
      {
        schema: routeSchema(
          { operationId: 'health', summary: 'Whether the process answers', tags },
          {},
          { 200: Health },
        ),
      },
      async () => health('API is running'),
    )

    app.get(
      '/health/ready',
      {
        schema: routeSchema(
          { operationId: 'readiness', summary: 'Whether it can serve: the database answers', tags },
          {},
          { 200: Health },
        ),
      },
      async () => {
        try {
          await sql`SELECT 1`.execute(db)
        } catch (cause) {
          const detail = 'The database cannot be reached.'
          throw new AppError('service_unavailable', { detail, cause, retryAfterSeconds: RETRY_AFTER_SECONDS })
        }
        return health('API is ready')
      },
    )

    app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
      reply.type(platform.metrics.registry.contentType).send(await readMetrics()),
    )
  }
}
