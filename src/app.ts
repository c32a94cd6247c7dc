import type { FastifyInstance } from 'fastify'
import { authRoutes } from './auth/auth-routes.ts'
import { tokenRoutes } from './auth/token-routes.ts'
import { docsRoutes } from './platform/http/docs-routes.ts'
import { collectOpenApi } from './platform/http/openapi.ts'
import { operationsRoutes, type ReadMetrics } from './platform/http/operations-routes.ts'
import { createServer } from './platform/http/server.ts'
import { mailboxRoutes } from './platform/mail/mailbox-routes.ts'
import { mailboxFolder } from './platform/mail/open-mailer.ts'
import type { Platform } from './platform/platform.ts'
import { sessionsRoutes } from './sessions/sessions-routes.ts'
import { accountFormats } from './users/formats.ts'
import { usersRoutes } from './users/users-routes.ts'
import { VERSION } from './version.ts'

/** The HTTP application, ready to listen: the only list of routes. */
export function createApp(platform: Platform, readMetrics?: ReadMetrics): Promise<FastifyInstance> {
  return createServer(platform, accountFormats, async (app) => {
    app.decorateRequest('claims', undefined)
    app.decorateRequest('caller', undefined)
    await collectOpenApi(app, VERSION)
    await app.register(operationsRoutes(platform, VERSION, readMetrics))
    await app.register(authRoutes(platform), { prefix: '/api/v1/auth' })
    await app.register(tokenRoutes(platform), { prefix: '/api/v1/auth' })
    await app.register(usersRoutes(platform), { prefix: '/api/v1/users' })
    await app.register(sessionsRoutes(platform), { prefix: '/api/v1/sessions' })
    await app.register(docsRoutes)
    if (platform.config.environment !== 'production') {
      await app.register(mailboxRoutes({ folder: mailboxFolder(platform.config) }))
    }
  })
}
