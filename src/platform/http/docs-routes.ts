import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type {} from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { type StaticDocument, serveKept } from './kept-documents.ts'
import { DOCS_HEADERS } from './security-headers.ts'

const HTML = 'text/html; charset=utf-8'
const SCRIPT = 'text/javascript; charset=utf-8'

/** Asked for again each time, and mostly answered 304. */
const REVALIDATED = 'no-cache'
/** Programs and styles change with a new version alone. */
const FOR_A_DAY = 'public, max-age=86400'

function page(body: string, style: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CrypAlgos API</title>
<link rel="icon" type="image/png" href="/docs/static/favicon-32x32.png">
${style}
</head>
<body>
${body}
</body>
</html>
`
}

const SWAGGER_PAGE = page(
  `<div id="swagger-ui"></div>
<script src="/docs/static/swagger-ui-bundle.js"></script>
<script src="/docs/static/initializer.js"></script>`,
  `<link rel="stylesheet" href="/docs/static/swagger-ui.css">
<style>body { margin: 0; background: #fafafa }</style>`,
)

/** The layout without the bar on top, which is there to load other documents. */
const SWAGGER_INITIALIZER = `window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#swagger-ui',
    layout: 'BaseLayout',
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [SwaggerUIBundle.plugins.DownloadUrl],
    validatorUrl: null,
    persistAuthorization: false,
    withCredentials: true,
    displayRequestDuration: true,
    deepLinking: true,
  })
}
`

const REDOC_PAGE = page(
  `<redoc spec-url="/openapi.json"></redoc>
<script src="/redoc/assets/redoc.standalone.js"></script>`,
  '<style>body { margin: 0 }</style>',
)

function readSwagger(name: string): Promise<Buffer> {
  return readFile(new URL(`static/${name}`, import.meta.resolve('@fastify/swagger-ui')))
}

/** ReDoc's program without the logo that it would fetch from its maker; it hides an image that it cannot show. */
async function readRedoc(): Promise<string> {
  const path = fileURLToPath(import.meta.resolve('redoc/bundles/redoc.standalone.js'))
  return (await readFile(path, 'utf8')).replace('https://cdn.redoc.ly/redoc/logo-mini.svg', 'data:,')
}

function swaggerFile(name: string, type: string): StaticDocument {
  return { path: `/docs/static/${name}`, type, cacheControl: FOR_A_DAY, read: () => readSwagger(name) }
}

/** Serve `/openapi.json`, and two ways to read it: `/docs` to try it out, `/redoc` to read; all from this server. */
export async function docsRoutes(app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(DOCS_HEADERS)
  })
  const documents: StaticDocument[] = [
    {
      path: '/openapi.json',
      type: 'application/json; charset=utf-8',
      cacheControl: REVALIDATED,
      read: () => JSON.stringify(app.swagger()),
    },
    { path: '/docs', type: HTML, cacheControl: REVALIDATED, read: () => SWAGGER_PAGE },
    swaggerFile('swagger-ui-bundle.js', SCRIPT),
    swaggerFile('swagger-ui.css', 'text/css; charset=utf-8'),
    swaggerFile('favicon-32x32.png', 'image/png'),
    {
      path: '/docs/static/initializer.js',
      type: SCRIPT,
      cacheControl: REVALIDATED,
      read: () => SWAGGER_INITIALIZER,
    },
    { path: '/redoc', type: HTML, cacheControl: REVALIDATED, read: () => REDOC_PAGE },
    { path: '/redoc/assets/redoc.standalone.js', type: SCRIPT, cacheControl: FOR_A_DAY, read: readRedoc },
  ]
  for (const document of documents) serveKept(app, document)
}
