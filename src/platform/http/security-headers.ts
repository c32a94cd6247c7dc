import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import helmet, { type HelmetOptions } from 'helmet'

export type Headers = Record<string, string>

/** helmet's headers for these options, computed once: they are the same for every answer. */
function helmetHeaders(options: HelmetOptions): Headers {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  helmet(options)(request, response, () => {})
  return Object.fromEntries(response.getHeaderNames().map((name) => [name, String(response.getHeader(name))]))
}

/** For answers that are data: nothing may be loaded, framed, run or kept. */
export const API_HEADERS: Headers = {
  ...helmetHeaders({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    // A page of another origin on the allow-list reads these answers by CORS.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  }),
  'cache-control': 'no-store',
}

/** For the documentation pages, whose programs are served by us and style themselves inline. */
export const DOCS_HEADERS: Headers = {
  ...helmetHeaders({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        'worker-src': ["'self'", 'blob:'],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
  }),
  'cache-control': 'no-cache',
}
