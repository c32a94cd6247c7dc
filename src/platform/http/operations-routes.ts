import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { sql } from 'kysely'
import { Type } from 'typebox'
import type { Db } from '../database/database.ts'
import { unavailableReason } from '../database/database-errors.ts'
import { AppError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { clientOf } from './client-address.ts'
import { routeSchema } from './route-schema.ts'

/** Probes have no limit. */
const facts = { tags: ['Operations'], unlimited: true }

const Health = Type.Object({
  status: Type.String({ examples: ['healthy'] }),
  message: Type.String({ examples: ['API is running'] }),
  version: Type.String({ examples: ['1.0.0'] }),
  uptime_seconds: Type.Integer({ examples: [42] }),
})

const MetricsText = Type.Unsafe<string>({
  description: "Prometheus' text format",
  content: {
    'text/plain': {
      schema: { type: 'string', examples: ['http_requests_total{method="GET",route="/",status="200"} 1'] },
    },
  },
})

/** Reads all metrics: of this process, or of all where there are several. */
export type ReadMetrics = () => Promise<string>

async function isReadOnly(db: Db): Promise<boolean> {
  const { rows } = await sql<{ read_only: boolean }>`
    SELECT current_setting('transaction_read_only')::boolean AS read_only`
    .execute(db)
    .catch((cause: unknown) => {
      const detail = unavailableReason(cause) ?? 'The database cannot be reached.'
      throw new AppError('service_unavailable', { detail, cause })
    })
  return rows[0]?.read_only === true
}

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
        onRequest: async (request) => platform.requestLimit(clientOf(request).addressKey),
        schema: routeSchema(
          {
            ...facts,
            operationId: 'about',
            summary: 'What this is, and where everything is',
            unlimited: false,
          },
          {},
          {
            200: Type.Object({
              name: Type.String({ examples: ['CrypAlgos API'] }),
              version: Type.String({ examples: ['1.0.0'] }),
              links: Type.Object({}, { additionalProperties: Type.String(), examples: [{ docs: '/docs' }] }),
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
          { ...facts, operationId: 'health', summary: 'Whether the process answers' },
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
          {
            ...facts,
            operationId: 'readiness',
            summary: 'Whether it can serve: the database answers and takes writes',
          },
          {},
          { 200: Health },
        ),
      },
      async () => {
        if (await isReadOnly(db)) {
          throw new AppError('service_unavailable', {
            detail: 'The database can only be read: it is a standby.',
          })
        }
        return health('API is ready')
      },
    )

    app.get(
      '/metrics',
      {
        schema: routeSchema(
          { ...facts, operationId: 'metrics', summary: 'What is counted, for Prometheus' },
          {},
          { 200: MetricsText },
        ),
      },
      async (_request, reply) => {
        const text = await readMetrics()
        return reply.type(platform.metrics.registry.contentType).send(text)
      },
    )
  }
}
