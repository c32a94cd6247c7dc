import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** Pages of another origin than the API's. */
export type WebServer = {
  port: number
  /** As a page of `http://localhost` on that port. */
  origin: string
  close(): Promise<void>
}

const CLIENT = join(import.meta.dirname, 'web-client')
const AXIOS = createRequire(import.meta.url).resolve('axios/package.json')
const FILES: Record<string, [path: string, type: string]> = {
  '/': [join(CLIENT, 'index.html'), 'text/html'],
  '/page.js': [join(CLIENT, 'page.js'), 'text/javascript'],
  '/api.js': [join(CLIENT, 'api.js'), 'text/javascript'],
  '/axios.js': [join(AXIOS, '../dist/esm/axios.min.js'), 'text/javascript'],
}

async function serve(listener: RequestListener): Promise<WebServer> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    origin: `http://localhost:${port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** Serves the web client, which speaks to the API at this address. */
export function serveWebClient(apiUrl: () => string): Promise<WebServer> {
  return serve(async (request, response) => {
    if (request.url === '/settings.js') {
      response.setHeader('content-type', 'text/javascript')
      return response.end(`window.API_URL = ${JSON.stringify(apiUrl())}\n`)
    }
    const [path, type] = FILES[request.url ?? ''] ?? []
    if (path === undefined || type === undefined) return response.writeHead(404).end()
    response.setHeader('content-type', type).end(await readFile(path))
  })
}

/** Serves one empty page, from which scripts and forms can do what they like. */
export function serveBlankPage(): Promise<WebServer> {
  return serve((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>Somewhere else</title><link rel="icon" href="data:,">')
  })
}
