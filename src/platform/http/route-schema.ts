import { type Static, type TSchema, Type } from 'typebox'
import { ERROR_CODES, type ErrorCode, errorMessage } from '../errors.ts'
import type { ErrorEnvelope } from './envelope.ts'
import { exampleOf } from './schema-example.ts'

/** A scalar or null, in the form that both OpenAPI 3.1 and the serializer like best. */
export function Nullable<T>(type: 'string' | 'integer', options: object = {}) {
  return Type.Unsafe<T | null>({ type: [type, 'null'], ...options })
}

declare module 'fastify' {
  interface FastifySchema {
    /** The code of the answer where the path names nothing that can exist. */
    notFound?: ErrorCode
  }
}

/** Any route can answer these. */
const ALWAYS: ErrorCode[] = ['malformed_request', 'internal_error', 'service_unavailable']
/** Any route that a body can be sent to, whether or not it reads one. */
const WITH_BODY: ErrorCode[] = ['malformed_json', 'payload_too_large', 'unsupported_media_type']

type ErrorResponse = {
  description: string
  headers?: Record<string, object>
  content: Record<string, { schema: TSchema; examples: object }>
}

const RETRY_AFTER = {
  headers: { 'retry-after': { type: 'integer', description: 'Seconds to wait', examples: [5] } },
}

function errorExample(code: ErrorCode) {
  return {
    summary: code,
    value: {
      local_date_time: '2026-11-22T09:00:00.000Z',
      data: null,
      api_error: {
        status_code: ERROR_CODES[code].status,
        code,
        message: errorMessage(code),
        errors: { detail: ERROR_CODES[code].detail },
        request_id: '01a20575-fd08-7f42-b0a3-69b4f86e5c8d',
      },
    },
  }
}

/** The documented error answers of a route, by status, each with an example of every code. */
function errorResponses(codes: ErrorCode[]): Record<number, ErrorResponse> {
  const responses: Record<number, ErrorResponse> = {}
  for (const code of codes) {
    const { status } = ERROR_CODES[code]
    const { description, content } = responses[status] ?? {}
    responses[status] = {
      description: `${description === undefined ? `${errorMessage(code)}: ` : `${description}, `}\`${code}\``,
      ...(status === 429 || status === 503 ? RETRY_AFTER : {}),
      content: {
        'application/json': {
          schema: Type.Unsafe<Static<typeof ErrorEnvelope>>({ $ref: 'Error#' }),
          examples: { ...content?.['application/json']?.examples, [code]: errorExample(code) },
        },
      },
    }
  }
  return responses
}

/** An answer of one media type, with an example. */
export function shown(schema: object, value: unknown) {
  return { schema, example: value }
}

export type RouteFacts = {
  operationId: string
  summary: string
  description?: string
  tags: string[]
  /** Error codes beyond those that every such route has. */
  errors?: ErrorCode[]
  /** Exempt from the limit on requests. */
  unlimited?: boolean
}

const BEARER_OR_COOKIE = [{ bearer: [] }, { cookie: [] }]

/** The schema of an answer with a description and an example of the whole. */
function documented<T extends TSchema>(schema: T, summary: string): T {
  if ('content' in schema) return schema
  return { ...schema, 'x-response-description': summary, examples: [exampleOf(schema)] }
}

/** The schema of a route: what it reads, what it answers when all is well, and every error it can answer. */
export function routeSchema<
  const Input extends { body?: TSchema; querystring?: TSchema; params?: TSchema; headers?: TSchema },
  const Answers extends Record<number, TSchema>,
>(
  { errors = [], unlimited = false, ...facts }: RouteFacts,
  input: Input,
  answers: Answers,
  access: 'public' | 'guarded' = 'public',
) {
  // What a foreign origin may not do changes something, so it can bring a body.
  const takesBody = input.body !== undefined || errors.includes('csrf_rejected')
  const isChecked = [input.body, input.querystring, input.headers].some((part) => part !== undefined)
  const codes: ErrorCode[] = [
    ...ALWAYS,
    ...(unlimited ? [] : (['rate_limited'] as const)),
    ...(takesBody ? WITH_BODY : []),
    ...(isChecked ? (['validation_failed'] as const) : []),
    ...(access === 'guarded' ? (['unauthorized'] as const) : []),
    ...errors,
  ]
  const described = Object.entries(answers).map(([status, schema]) => [
    status,
    documented(schema, facts.summary),
  ])
  const response = { ...errorResponses([...new Set(codes)]), ...Object.fromEntries(described) } as Answers
  const body = input.body === undefined ? {} : { body: { ...input.body, examples: [exampleOf(input.body)] } }
  const notFound = errors.find((code) => ERROR_CODES[code].status === 404)
  return {
    ...facts,
    ...input,
    ...body,
    ...(notFound === undefined ? {} : { notFound }),
    response,
    security: access === 'guarded' ? BEARER_OR_COOKIE : [],
  }
}
