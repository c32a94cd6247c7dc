import type { FastifyInstance } from 'fastify'
import { authRoutes } from './auth/auth-routes.ts'
import { tokenRoutes } from './auth/token-routes.ts'
import { backtestsRoutes } from './backtests/backtests-routes.ts'
import { resultsRoutes } from './backtests/results-routes.ts'
import { usageRoutes } from './backtests/usage-routes.ts'
import { datasetsRoutes } from './market-data/datasets-routes.ts'
import { marketFormats } from './market-data/formats.ts'
import { importsRoutes } from './market-data/imports-routes.ts'
import { instrumentsRoutes } from './market-data/instruments-routes.ts'
import { docsRoutes } from './platform/http/docs-routes.ts'
import { collectOpenApi } from './platform/http/openapi.ts'
import { operationsRoutes, type ReadMetrics } from './platform/http/operations-routes.ts'
import { createServer } from './platform/http/server.ts'
import { mailboxRoutes } from './platform/mail/mailbox-routes.ts'
import { mailboxFolder } from './platform/mail/open-mailer.ts'
import type { Platform } from './platform/platform.ts'
import { sessionsRoutes } from './sessions/sessions-routes.ts'
import { strategyFormats } from './strategies/formats.ts'
import { indicatorsRoutes } from './strategies/indicators-routes.ts'
import { strategiesRoutes } from './strategies/strategies-routes.ts'
import { templatesRoutes } from './strategies/templates-routes.ts'
import { versionsRoutes } from './strategies/versions-routes.ts'
import { accountFormats } from './users/formats.ts'
import { usersRoutes } from './users/users-routes.ts'
import { VERSION } from './version.ts'

/** The HTTP application, ready to listen: the only list of routes. */
export function createApp(platform: Platform, readMetrics?: ReadMetrics): Promise<FastifyInstance> {
  const formats = { ...accountFormats, ...marketFormats, ...strategyFormats }
  return createServer(platform, formats, async (app) => {
    app.decorateRequest('claims', undefined)
    app.decorateRequest('caller', undefined)
    app.decorateRequest('openAnswer', undefined)
    await collectOpenApi(app, VERSION, formats)
    await app.register(operationsRoutes(platform, VERSION, readMetrics))
    await app.register(authRoutes(platform), { prefix: '/api/v1/auth' })
    await app.register(tokenRoutes(platform), { prefix: '/api/v1/auth' })
    await app.register(usersRoutes(platform), { prefix: '/api/v1/users' })
    await app.register(sessionsRoutes(platform), { prefix: '/api/v1/sessions' })
    await app.register(instrumentsRoutes(platform), { prefix: '/api/v1/market' })
    await app.register(datasetsRoutes(platform), { prefix: '/api/v1/market/datasets' })
    await app.register(importsRoutes(platform), { prefix: '/api/v1/market/imports' })
    await app.register(backtestsRoutes(platform), { prefix: '/api/v1' })
    await app.register(indicatorsRoutes(platform), { prefix: '/api/v1/indicators' })
    await app.register(resultsRoutes(platform), { prefix: '/api/v1/backtests' })
    await app.register(templatesRoutes(platform), { prefix: '/api/v1/strategy-templates' })
    await app.register(strategiesRoutes(platform), { prefix: '/api/v1/strategies' })
    await app.register(versionsRoutes(platform), { prefix: '/api/v1/strategies' })
    await app.register(usageRoutes(platform), { prefix: '/api/v1/usage' })
    await app.register(docsRoutes)
    if (platform.config.environment !== 'production') {
      await app.register(mailboxRoutes({ folder: mailboxFolder(platform.config), config: platform.config }))
    }
  })
}
