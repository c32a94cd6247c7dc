import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { DOCS_HEADERS } from './security-headers.ts'

const REDOC_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CrypAlgos API</title>
<style>body { margin: 0 }</style>
</head>
<body>
<redoc spec-url="/openapi.json"></redoc>
<script src="/redoc/assets/redoc.standalone.js"></script>
</body>
</html>
`

/** `/openapi.json`, and two ways to read it: `/docs` to try it out, `/redoc` to read. All of it is served by us. */
export async function docsRoutes(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(DOCS_HEADERS)
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: {
      persistAuthorization: false,
      withCredentials: true,
      displayRequestDuration: true,
      deepLinking: true,
    },
    theme: { title: 'CrypAlgos API' },
  })
  await app.register(fastifyStatic, {
    root: dirname(fileURLToPath(import.meta.resolve('redoc/bundles/redoc.standalone.js'))),
    prefix: '/redoc/assets/',
    allowedPath: (path) => path === '/redoc.standalone.js',
    decorateReply: false,
    maxAge: '1d',
  })
  app.get('/redoc', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(REDOC_PAGE),
  )
}
