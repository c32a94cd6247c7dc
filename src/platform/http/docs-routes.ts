import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { DOCS_HEADERS } from './security-headers.ts'

const REDOC_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CrypAlgos API</title>
<link rel="icon" type="image/png" href="/docs/static/favicon-32x32.png">
<style>body { margin: 0 }</style>
</head>
<body>
<redoc spec-url="/openapi.json"></redoc>
<script src="/redoc/assets/redoc.standalone.js"></script>
</body>
</html>
`

/** Swagger UI's own page has none, so that phones would show it as a desktop does. */
const VIEWPORT_SCRIPT = `document.head.insertAdjacentHTML(
  'beforeend',
  '<meta name="viewport" content="width=device-width, initial-scale=1">',
)
`

/**
 * ReDoc's program without the logo that it would fetch from its maker; it hides an image that it cannot show. Few
 * ask for its 2 MB, so they are read with the first request.
 */
async function readRedoc(): Promise<string> {
  const path = fileURLToPath(import.meta.resolve('redoc/bundles/redoc.standalone.js'))
  return (await readFile(path, 'utf8')).replace('https://cdn.redoc.ly/redoc/logo-mini.svg', 'data:,')
}

/** `/openapi.json`, and two ways to read it: `/docs` to try it out, `/redoc` to read. All of it is served by us. */
export async function docsRoutes(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(DOCS_HEADERS)
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: {
      // Without the bar on top, which is there to load other documents.
      layout: 'BaseLayout',
      persistAuthorization: false,
      withCredentials: true,
      displayRequestDuration: true,
      deepLinking: true,
    },
    theme: { title: 'CrypAlgos API', js: [{ filename: 'viewport.js', content: VIEWPORT_SCRIPT }] },
  })
  let redoc: Promise<string> | undefined
  app.get('/redoc/assets/redoc.standalone.js', { schema: { hide: true } }, async (_request, reply) => {
    redoc ??= readRedoc()
    reply.type('text/javascript; charset=utf-8').header('cache-control', 'public, max-age=86400')
    return redoc
  })
  app.get('/redoc', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(REDOC_PAGE),
  )
}
