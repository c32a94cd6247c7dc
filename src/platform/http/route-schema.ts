import { type Static, type TSchema, Type } from 'typebox'
import { ERROR_CODES, type ErrorCode, errorMessage } from '../errors.ts'
import type { ErrorEnvelope } from './envelope.ts'

/** A scalar or null, in the form that both OpenAPI 3.1 and the serializer like best. */
export function Nullable<T>(type: 'string' | 'integer', options: object = {}) {
  return Type.Unsafe<T | null>({ type: [type, 'null'], ...options })
}

/** Any route can answer these. */
const ALWAYS: ErrorCode[] = ['malformed_request', 'rate_limited', 'internal_error', 'service_unavailable']
/** Any route that reads a body. */
const WITH_BODY: ErrorCode[] = [
  'malformed_json',
  'payload_too_large',
  'unsupported_media_type',
  'validation_failed',
]
/** Any route behind the guard. */
const GUARDED: ErrorCode[] = ['unauthorized']

type ErrorResponse = { description: string; content: Record<string, { schema: TSchema; examples: object }> }

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
  for (const status of new Set(codes.map((code) => ERROR_CODES[code].status))) {
    const here = codes.filter((code) => ERROR_CODES[code].status === status)
    responses[status] = {
      description: `${errorMessage(here[0] ?? 'internal_error')}: ${here.map((code) => `\`${code}\``).join(', ')}`,
      content: {
        'application/json': {
          schema: Type.Unsafe<Static<typeof ErrorEnvelope>>({ $ref: 'Error#' }),
          examples: Object.fromEntries(here.map((code) => [code, errorExample(code)])),
        },
      },
    }
  }
  return responses
}

export type RouteFacts = {
  operationId: string
  summary: string
  description?: string
  tags: string[]
  /** Error codes beyond those that every such route has. */
  errors?: ErrorCode[]
}

export const BEARER_OR_COOKIE = [{ bearer: [] }, { cookie: [] }]

/** The schema of a route: what it reads, what it answers when all is well, and every error it can answer. */
export function routeSchema<
  const Input extends { body?: TSchema; querystring?: TSchema; params?: TSchema },
  const Answers extends Record<number, TSchema>,
>(
  { errors = [], ...facts }: RouteFacts,
  input: Input,
  answers: Answers,
  access: 'public' | 'guarded' = 'public',
) {
  const codes = [
    ...ALWAYS,
    ...(input.body === undefined ? [] : WITH_BODY),
    ...(input.querystring === undefined ? [] : (['validation_failed'] as const)),
    ...(access === 'guarded' ? GUARDED : []),
    ...errors,
  ]
  const response = { ...errorResponses([...new Set(codes)]), ...answers } as Answers
  return { ...facts, ...input, response, security: access === 'guarded' ? BEARER_OR_COOKIE : [] }
}
