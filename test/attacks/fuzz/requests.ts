import { METHODS } from 'node:http'
import fc from 'fast-check'
import { contentType, oddValue } from '../../bad-requests.ts'
import { randomIp } from '../../client.ts'
import type { LocatedOperation, Schema } from '../../openapi.ts'
import { makePerson, OTHER_PASSWORD, type SignedUp } from '../../people.ts'
import { entering, strategy } from '../../strategies/documents.ts'
import type { FuzzRequest } from './send.ts'

/** Who sends the requests, and somebody whom they must not touch. */
export type Cast = { own: SignedUp; victim: SignedUp }

/** Something that is known only when it is sent, such as the token of who is signed in by then. */
type Late<T> = (cast: Cast) => T

export type Draft = { operation: LocatedOperation; isOtherMethod: boolean; toRequest: Late<FuzzRequest> }

export function sessionIdOf({ accessToken }: Pick<SignedUp, 'accessToken'>): string {
  return JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()).sid
}

const someId = '01a20575-fd08-7f42-b0a3-69b4f86e5c8d'

/** What a client would send that knows itself, and of the other what everybody may know. */
const REAL: Record<string, Late<unknown>[]> = {
  name: [() => 'Ada Byron', () => ' Zoë O’Neil '],
  email: [({ own }) => own.email, ({ victim }) => victim.email, () => makePerson().email],
  username: [({ own }) => own.username, ({ victim }) => victim.username, () => makePerson().username],
  password: [({ own }) => own.password, () => OTHER_PASSWORD, () => 'password', () => 'x'],
  current_password: [({ own }) => own.password, () => OTHER_PASSWORD],
  new_password: [({ own }) => own.password, () => OTHER_PASSWORD, ({ own }) => own.username],
  identifier: [
    ({ own }) => own.email,
    ({ own }) => ` ${own.username.toUpperCase()} `,
    ({ own }) => own.id,
    ({ victim }) => victim.email,
    ({ victim }) => victim.username,
    () => makePerson().email,
  ],
  verification_code: [() => '000000', () => ' 12 34 56 ', () => '１２３４５６'],
  purpose: [() => 'verification', () => 'password_reset'],
  refresh_token: [({ own }) => own.refreshToken, ({ own }) => own.accessToken],
  country_code: [() => 44, () => 1, () => 999, () => null],
  phone: [() => '+44 20 7183 8750', () => '(0) 12-34', () => '', () => null],
  keep_current: [() => true, () => 'false', () => 1],
  page: [() => 1, () => 1_000_000],
  limit: [() => 1, () => 100],
  document: [
    () => strategy(),
    () =>
      entering('ema(close, fast)@4h > sma(close, 9)', {
        parameters: { fast: { default: 3, min: 1, max: 9, step: 1 } },
      }),
    () => entering('close >'),
    () => strategy({ risk: { stop_los: 1 } }),
    () => ({ __proto__: null, constructor: {}, name: '\u0000' }),
  ],
  parameters: [() => ({}), () => ({ fast: 5 }), () => ({ fast: 'x' })],
  template: [() => 'sma_cross', () => 'none'],
  note: [() => 'Two\nlines', () => ''],
  number: [() => 1, () => '2', () => 0],
  against: [() => 1, () => 2],
  session_id: [
    ({ own }) => sessionIdOf(own),
    ({ victim }) => sessionIdOf(victim),
    ({ own }) => sessionIdOf(own).toUpperCase(),
    () => someId,
  ],
}

/** Just within, and just beyond, what the document says of a field. */
function nearly({ minLength, maxLength, minimum, maximum, enum: choices }: Schema): fc.Arbitrary<unknown> {
  const lengths = [minLength, maxLength].flatMap((length) =>
    length === undefined ? [] : [length - 1, length, length + 1],
  )
  const numbers = [minimum, maximum].flatMap((bound) =>
    bound === undefined ? [] : [bound - 1, bound, bound + 1, bound + 0.5],
  )
  const texts = lengths.flatMap((length) =>
    ['x', 'ß', '😀', ' '].map((sign) => sign.repeat(Math.max(0, length))),
  )
  return fc.constantFrom<unknown>(...texts, ...numbers, ...(choices ?? []), 'nearly', null, [], {})
}

function value(name: string, schema: Schema): fc.Arbitrary<Late<unknown>> {
  const fixed = (given: unknown) => () => given
  return fc.oneof(
    { weight: 14, arbitrary: fc.constantFrom(...(REAL[name] ?? [fixed(name)])) },
    { weight: 2, arbitrary: nearly(schema).map(fixed) },
    { weight: 1, arbitrary: oddValue.map(fixed) },
  )
}

function fieldsOf(schema: Schema | undefined): fc.Arbitrary<Late<Record<string, unknown>>> {
  const properties = Object.entries(schema?.properties ?? {})
  const fields = properties.map(([name, one]) =>
    fc.option(value(name, one), { freq: 12 }).map((late) => ({ name, late })),
  )
  return fc
    .tuple(...fields)
    .map(
      (all) => (cast) =>
        Object.fromEntries(all.flatMap(({ name, late }) => (late === null ? [] : [[name, late(cast)]]))),
    )
}

/** Replaces, drops or adds one sign. */
function spoiled(token: string, place: number): string {
  const at = place % token.length
  return `${token.slice(0, at)}${['', 'A', '.', '-', '%'][place % 5]}${token.slice(at + (place % 2))}`
}

const LOCAL = { origin: 'http://localhost:3000' }

function credentials(place: number): Late<Record<string, string>>[] {
  const bearer =
    (make: Late<string>): Late<Record<string, string>> =>
    (cast) => ({ authorization: make(cast) })
  const right = bearer(({ own }) => `Bearer ${own.accessToken}`)
  const cookie = ({ own }: Cast) => `access_token=${own.accessToken}; refresh_token=${own.refreshToken}`
  return [
    ...new Array(40).fill(right),
    bearer(({ own }) => `bEARER   ${own.accessToken}  `),
    bearer(({ own }) => `Bearer ${own.accessToken}, Bearer ${own.accessToken}`),
    bearer(({ own }) => `Bearer ${own.refreshToken}`),
    bearer(({ own }) => `Bearer ${spoiled(own.accessToken, place)}`),
    bearer(({ own }) => `Token ${own.accessToken}`),
    bearer(() => 'Bearer \xff\xfe'),
    () => ({}),
    (cast) => ({ cookie: cookie(cast), ...LOCAL }),
    (cast) => ({ cookie: cookie(cast), 'sec-fetch-site': 'same-origin' }),
    (cast) => ({ cookie: cookie(cast), origin: 'https://evil.example' }),
    (cast) => ({ cookie: cookie(cast) }),
    (cast) => ({ cookie: `registration=${cast.own.id}; ${cookie(cast).replaceAll('=', '="')}"`, ...LOCAL }),
    (cast) => ({ cookie: `${'a=b; '.repeat(900)}${spoiled(cookie(cast), place)}`, ...LOCAL }),
    () => ({ cookie: `registration=${someId}; access_token=%zz; ;;=; __proto__=x`, ...LOCAL }),
  ]
}

const oddHeaders = fc.constantFrom<Record<string, string>>(
  ...new Array(60).fill({}),
  { origin: 'null' },
  { origin: 'http://localhost:3000, http://localhost:3000' },
  { origin: 'http://localhost:3000', 'access-control-request-method': 'DELETE' },
  { 'sec-fetch-site': 'cross-site' },
  { accept: 'text/html', 'accept-language': 'x'.repeat(500), 'accept-encoding': 'gzip, *;q=0' },
  { 'content-encoding': 'gzip' },
  { 'transfer-encoding': 'chunked' },
  { expect: '100-continue' },
  { upgrade: 'websocket', connection: 'Upgrade' },
  { upgrade: 'h2c', connection: 'Upgrade, HTTP2-Settings' },
  { connection: 'close' },
  { range: 'bytes=0-1', 'if-none-match': '*', 'if-match': '"x"' },
  { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' },
  { 'x-request-id': '../\xe9{}<script>' },
  { 'x-request-id': 'x'.repeat(9_000) },
  { 'user-agent': '' },
  { 'user-agent': `\xff\x80${'Mozilla '.repeat(800)}` },
  { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'for=1.2.3.4;host=evil.example' },
  { host: '' },
  { 'x-forwarded-for': 'not an address, \xff, ,' },
  { 'x-forwarded-for': `[::1]:99999, ${'1.2.3.4,'.repeat(900)}` },
  { 'x-forwarded-for': '' },
)

/** The path as it is, mostly; or another spelling of it, or of something beside it. */
const respell = fc.constantFrom<(path: string) => string>(
  ...new Array(90).fill((path: string) => path),
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => `/${path}`,
  (path) => path.toUpperCase(),
  (path) => path.replace('api', '%61pi'),
  (path) => `${path}/../me`,
  (path) => `${path};x=1`,
  (path) => `${path}%00`,
  (path) => `${path}%zz`,
  (path) => `${path}#x`,
  (path) => `http://evil.example${path}`,
)

const query = fc.constantFrom(
  '',
  '',
  '',
  '',
  '?',
  '?a',
  '?__proto__[x]=1',
  '?page=1&page=2&limit[]=1',
  '?%zz=%ff&=&',
)

/** Its answers would need a program that speaks no HTTP any more. */
const OTHER_METHODS = METHODS.filter((method) => method !== 'CONNECT')

function queryOf(operation: LocatedOperation, given: Record<string, unknown>): string {
  const asked = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query')
  const pairs = asked.flatMap(({ name }) =>
    name in given ? [`${name}=${encodeURIComponent(textOf(given[name]))}`] : [],
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function textOf(given: unknown): string {
  return (typeof given === 'string' ? given : String(JSON.stringify(given))).toWellFormed().slice(0, 3_000)
}

/** A request to an operation: right, nearly right, or far from it. */
export function draft(operation: LocatedOperation): fc.Arbitrary<Draft> {
  const { method, path, parameters = [], requestBody } = operation
  const parameterSchema = {
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
  }
  const methods = fc.oneof(
    { weight: 14, arbitrary: fc.constant(method) },
    { weight: 1, arbitrary: fc.constantFrom(...OTHER_METHODS) },
  )
  return fc
    .record({
      method: methods,
      given: fieldsOf(parameterSchema),
      fields: fieldsOf(requestBody?.content['application/json']?.schema),
      hasBody: fc.nat(9).map((number) => (requestBody === undefined ? number === 0 : number > 0)),
      isBroken: fc.nat(29).map((number) => number === 0),
      type: contentType,
      credentials: fc.nat(200).chain((place) => fc.constantFrom(...credentials(place))),
      odd: oddHeaders,
      respell,
      query,
    })
    .map((parts) => ({
      operation,
      isOtherMethod: parts.method !== method,
      toRequest(cast) {
        const given = parts.given(cast)
        const filled = path.replace(/\{(\w+)\}/, (_, name) => encodeURIComponent(textOf(given[name])))
        const json = JSON.stringify(parts.fields(cast))
        const body = parts.isBroken ? json.slice(0, json.length / 2) : json
        return {
          method: parts.method,
          path: parts.respell(filled) + (queryOf(operation, given) || parts.query),
          headers: {
            'x-forwarded-for': randomIp(),
            ...parts.credentials(cast),
            ...(parts.hasBody ? { 'content-type': parts.type } : {}),
            ...parts.odd,
          },
          body: parts.hasBody ? body : undefined,
        }
      },
    }))
}
