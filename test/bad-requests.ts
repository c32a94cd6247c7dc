import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { createTokenCodec } from '../src/sessions/token.ts'
import type { RequestOptions } from './client.ts'
import type { LocatedOperation, Schema } from './openapi.ts'

/** A request as somebody might send it who means harm, or has a bug. */
export type BadRequest = {
  method: string
  path: string
  options: RequestOptions
  /** Brings a token that is right, beside all that is wrong. */
  signedIn: boolean
}

const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfff',
  '\u{202e}',
  'null',
  '[object Object]',
  "'; DROP TABLE users; --",
  '<script>',
  '../../etc/passwd',
  '%00',
  '％',
  'İ'.repeat(60),
  '@',
  'a@b',
  `${'a'.repeat(300)}@example.com`,
  'x'.repeat(1_025),
  'x'.repeat(90_000),
]

/** What no field is meant for. */
export const oddValue = fc.oneof(
  fc.constantFrom<unknown>(...ODD_TEXTS),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1, 4.5, 1e308, -1e308, 2 ** 53, [], {}, [''], ['a', 1], {
    a: 1,
  }),
  fc.jsonValue({ maxDepth: 2 }),
)

function exampleOf(operation: LocatedOperation): Record<string, unknown> {
  return { ...Object(operation.requestBody?.content['application/json']?.example) }
}

/** The example of an operation with some of its fields wrong, missing, or beside others that nobody knows. */
function wrongFields(operation: LocatedOperation): fc.Arbitrary<string> {
  const example = exampleOf(operation)
  const fields = Object.entries(example).map(([name, right]) => [
    name,
    fc.oneof({ weight: 2, arbitrary: fc.constant(right) }, { weight: 3, arbitrary: oddValue }),
  ])
  return fc
    .tuple(
      fc.record(Object.fromEntries(fields), { requiredKeys: [] }),
      fc.dictionary(
        fc.constantFrom('__proto__', 'constructor', 'role', 'is_verified', ' ', '\0', 'id'),
        oddValue,
        {
          maxKeys: 2,
        },
      ),
    )
    .map(([wrong, unknown]) => JSON.stringify({ ...unknown, ...wrong }))
}

const NO_OBJECTS = [
  '',
  ' ',
  'null',
  'true',
  '7',
  '"text"',
  '[]',
  '[{}]',
  '{}',
  '{',
  '{"a":}',
  '{"a":1,}',
  "{'a':1}",
  'NaN',
  '\0',
  '\u{feff}{}',
  '{"identifier":1e999,"password":-1e999,"country_code":1e400}',
  '{"password":"a","password":{"a":1}}',
  '{"__proto__":{"a":1},"constructor":{"prototype":{}}}',
  '['.repeat(50_000),
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  '{"a":'.repeat(15_000),
  `${'{"identifier":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  `{"password":"${'x'.repeat(1_000_000)}"}`,
]

/** Mostly the right one. */
export const contentType = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/json') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'application/json, text/plain',
      'application/json; charset=utf-16',
      'garbage',
      ';',
      '/',
    ),
  },
)

function queryText(parameters: { name: string; schema: Schema }[]): fc.Arbitrary<string> {
  const values = [
    '',
    '0',
    '-1',
    '1',
    '1e9',
    '4.5',
    'true',
    'many',
    '%00',
    '%ff',
    '%zz',
    '[]',
    '9'.repeat(400),
    '+',
    '&',
    '=',
  ]
  const pairs = parameters.map(({ name }) =>
    fc
      .array(fc.constantFrom(...values), { maxLength: 2 })
      .map((all) => all.map((value) => `${name}=${value}`)),
  )
  return fc.tuple(...pairs).map((all) => ['', ...all.flat()].join('&').replace('&', '?'))
}

const idText = fc.oneof(
  fc.constantFrom(
    'x',
    '0',
    '-1',
    '%00',
    '%zz',
    '%ff',
    '%2e%2e',
    '%2f',
    'null',
    '{}',
    'x'.repeat(3_000),
    '%F0%9F%99%82',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map((text) => encodeURIComponent(text)),
  fc.constantFrom(randomUUID(), randomUUID().toUpperCase(), randomUUID().replaceAll('-', '')),
)

const now = Math.floor(Date.now() / 1000)
const claims = {
  userId: randomUUID(),
  sessionId: randomUUID(),
  generation: 0,
  issuedAt: now,
  expiresAt: now + 1_800,
}
const FOREIGN_TOKEN = createTokenCodec('access', 'HS256', ['another-secret-of-another-server']).sign(claims)
const UNSIGNED_TOKEN = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${FOREIGN_TOKEN.split('.')[1]}.`

const credentials = fc.constantFrom<Record<string, string>>(
  {},
  { authorization: 'Bearer' },
  { authorization: 'Bearer ' },
  { authorization: 'Bearer a b' },
  { authorization: 'Bearer ..' },
  { authorization: `Bearer ${'x'.repeat(9_000)}` },
  { authorization: `Bearer ${FOREIGN_TOKEN}` },
  { authorization: `Bearer ${UNSIGNED_TOKEN}` },
  { authorization: `bearer ${FOREIGN_TOKEN}.${FOREIGN_TOKEN}` },
  { authorization: 'Basic YTpi' },
  { authorization: '\xff\xfe' },
  { cookie: 'access_token=%zz; refresh_token=%00; registration=;;=' },
  { cookie: `access_token=${FOREIGN_TOKEN}; refresh_token=${FOREIGN_TOKEN}; registration=x` },
  { cookie: `refresh_token="a\\"b"; registration=${randomUUID()}`, origin: 'http://localhost:3000' },
  { cookie: 'access_token=a; access_token=b', origin: 'https://evil.example' },
)

/** All kinds of bad requests to one operation. */
export function badRequest(operation: LocatedOperation): fc.Arbitrary<BadRequest> {
  const { method, path, parameters = [], security } = operation
  // What would only succeed costs the tests another sign-up.
  const tokens = method === 'DELETE' ? [true, false, false, false] : [true, true, false]
  const query = parameters.filter((parameter) => parameter.in === 'query')
  const body = fc.oneof(
    { weight: 3, arbitrary: wrongFields(operation) },
    { weight: 1, arbitrary: fc.constantFrom(...NO_OBJECTS) },
  )
  return fc
    .record({
      id: idText,
      query: queryText(query),
      body: fc.option(body, { freq: 5, nil: undefined }),
      contentType,
      credentials,
      signedIn: security.length > 0 ? fc.constantFrom(...tokens) : fc.constant(false),
    })
    .map((parts) => {
      const hasBody = parts.body !== undefined && method !== 'GET'
      return {
        method,
        path: path.replace(/\{\w+\}/, () => parts.id) + parts.query,
        signedIn: parts.signedIn,
        options: {
          ...(hasBody && parts.body !== undefined ? { rawBody: parts.body } : {}),
          headers: {
            ...(parts.signedIn ? {} : parts.credentials),
            ...(hasBody ? { 'content-type': parts.contentType } : {}),
          },
        },
      }
    })
}
