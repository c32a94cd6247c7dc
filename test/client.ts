import { randomInt } from 'node:crypto'
import type { TestApp } from './app.ts'

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what a test is there to find out
export type Body = any

export type Answer = {
  status: number
  headers: Headers
  /** The whole body; `data` and `error` are its parts where it is an envelope. */
  body: Body
  data: Body
  error: Body
  /** What `Set-Cookie` says, by name, as it was sent. */
  setCookies: Record<string, string>
}

export type RequestOptions = {
  body?: unknown
  /** Sent as it is, in the place of `body`. */
  rawBody?: string
  headers?: Record<string, string>
  token?: string
}

export type ClientOptions = {
  /** The address that the proxy reports; a random one by default, so that tests share no limit. */
  ip?: string
  /** Send this Origin and keep cookies, as a browser would. */
  origin?: string
  userAgent?: string
}

/** A program, or a browser, somewhere on the net. */
export type Client = {
  ip: string
  cookies: Map<string, string>
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>
  get(path: string, options?: RequestOptions): Promise<Answer>
  post(path: string, body?: unknown, options?: RequestOptions): Promise<Answer>
  put(path: string, body?: unknown, options?: RequestOptions): Promise<Answer>
  delete(path: string, options?: RequestOptions): Promise<Answer>
}

export function randomIp(): string {
  return `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`
}

function keepCookies(jar: Map<string, string>, setCookies: string[]): void {
  for (const line of setCookies) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (value === '' || /max-age=0/i.test(line)) jar.delete(name)
    else jar.set(name, value)
  }
}

function requestHeaders(options: ClientOptions, ip: string, jar: Map<string, string>, sent: RequestOptions) {
  const cookies = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  return {
    'x-forwarded-for': ip,
    'user-agent': options.userAgent ?? 'crypalgos-test/1.0',
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    ...(cookies === '' ? {} : { cookie: cookies }),
    ...(sent.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(sent.token === undefined ? {} : { authorization: `Bearer ${sent.token}` }),
    ...sent.headers,
  }
}

/**
 * A client of the application. One with an `origin` is a browser: it sends its Origin, and keeps and returns cookies.
 * Paths are below `/api/v1` unless they begin with two slashes.
 */
export function createClient(app: Pick<TestApp, 'url'>, options: ClientOptions = {}): Client {
  const ip = options.ip ?? randomIp()
  const cookies = new Map<string, string>()
  const request = async (method: string, path: string, sent: RequestOptions = {}): Promise<Answer> => {
    const url = path.startsWith('//') ? `${app.url}${path.slice(1)}` : `${app.url}/api/v1${path}`
    const body = sent.rawBody ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body))
    const response = await fetch(url, {
      method,
      headers: requestHeaders(options, ip, cookies, sent),
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    const parsed: Body = isJson && text !== '' ? JSON.parse(text) : text
    const lines = response.headers.getSetCookie()
    if (options.origin !== undefined) keepCookies(cookies, lines)
    return {
      status: response.status,
      headers: response.headers,
      body: parsed,
      data: parsed?.data,
      error: parsed?.api_error,
      setCookies: Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line])),
    }
  }
  return {
    ip,
    cookies,
    request,
    get: (path, sent) => request('GET', path, sent),
    post: (path, body, sent) => request('POST', path, { body, ...sent }),
    put: (path, body, sent) => request('PUT', path, { body, ...sent }),
    delete: (path, sent) => request('DELETE', path, sent),
  }
}
