import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Envelope, envelope } from '../platform/http/envelope.ts'
import { routeSchema } from '../platform/http/route-schema.ts'
import type { Platform } from '../platform/platform.ts'
import { guard } from '../sessions/guard.ts'
import { PAGE, TemplateList } from './strategies-schemas.ts'
import { TEMPLATES } from './templates.ts'

/** `/api/v1/strategy-templates`: strategies to begin with. */
export function templatesRoutes(platform: Platform): FastifyPluginAsyncTypebox {
  const { clock } = platform
  return async (app) => {
    app.addHook('onRequest', guard(platform))

    app.get(
      '/',
      {
        schema: routeSchema(
          { operationId: 'listTemplates', summary: 'Strategies to begin with', tags: ['Strategies'] },
          { querystring: Type.Object(PAGE) },
          { 200: Envelope(TemplateList) },
          'guarded',
        ),
      },
      async (request) => {
        const { page, limit } = request.query
        const templates = TEMPLATES.slice((page - 1) * limit, page * limit).map((template) => ({
          ...template,
          timeframe: String(template.document.timeframe),
        }))
        return envelope(clock, { templates, total: TEMPLATES.length, page, limit })
      },
    )
  }
}
