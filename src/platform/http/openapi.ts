import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { describeFormats, type Format, type Formats, withStringFormats } from './formats.ts'

const description = (formats: Formats) => `CrypAlgos: accounts, and the market data of trading algorithms.

Every answer under \`/api/v1\` is an envelope: \`data\` holds what was asked for, or \`api_error\` what was wrong.
Programs send the access token as \`Authorization: Bearer\`; browsers can rely on the cookies that every sign-in sets.

A request may name itself in \`X-Request-Id\`: up to 128 letters, digits, dots, dashes and underscores. Any other id is
replaced by a new one. Strings and numbers have these formats:

${describeFormats(formats)}`

type Transform = NonNullable<FastifyDynamicSwaggerOptions['transformObject']>
type Document = ReturnType<Transform>

type Operation = {
  parameters?: { schema: object; required: boolean }[]
  requestBody?: { content: Record<string, { schema: object }>; required: boolean }
}

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'responses' in value
}

/** A copy of a part of the document in which each string of a format also has the pattern of that format. */
function withPatterns(part: unknown, formats: Map<string, Format>): unknown {
  if (Array.isArray(part)) return part.map((inner) => withPatterns(inner, formats))
  if (typeof part !== 'object' || part === null) return part
  const copy = Object.fromEntries(
    Object.entries(part).map(([key, inner]) => [key, withPatterns(inner, formats)]),
  )
  const isSchema = 'format' in part && 'type' in part
  const pattern = isSchema ? formats.get(String(part.format))?.pattern : undefined
  return pattern === undefined ? copy : { ...copy, pattern }
}

/** What has a default, and a body without a required field, may be left out; the generator claims otherwise. */
function markOptional(document: Document): Document {
  const methods = Object.values({ ...document.paths }).flatMap((path) => Object.values({ ...Object(path) }))
  for (const { parameters = [], requestBody } of methods.filter(isOperation)) {
    for (const parameter of parameters) if ('default' in parameter.schema) parameter.required = false
    if (requestBody === undefined) continue
    requestBody.required = Object.values(requestBody.content).every(({ schema }) => 'required' in schema)
  }
  return document
}

/** Collects the schemas of the routes that are registered after it into one OpenAPI document. */
export async function collectOpenApi(app: FastifyInstance, version: string, formats: Formats): Promise<void> {
  const strings = withStringFormats(formats)
  const complete: Transform = (generated) => {
    const [document = {}] = Object.values(generated)
    return markOptional(withPatterns(document, strings) as Document)
  }
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'CrypAlgos API',
        version,
        description: description(formats),
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'This server' }],
      tags: [
        { name: 'Authentication', description: 'Becoming a user, and proving to be one' },
        { name: 'Users', description: 'The profile of who is signed in' },
        { name: 'Sessions', description: 'Where somebody is signed in' },
        { name: 'Market data', description: 'Instruments, their history, and how it comes in' },
        { name: 'Strategies', description: 'Trading algorithms in their language, and their versions' },
        { name: 'Backtests', description: 'Strategies over history: runs, results and reports' },
        { name: 'Operations', description: 'For those who run the server' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token' },
          cookie: {
            type: 'apiKey',
            in: 'cookie',
            name: 'access_token',
            description:
              'The access token as a browser sends it; what changes something needs an allowed Origin',
          },
        },
      },
    },
    transformObject: complete,
    refResolver: { buildLocalReference: ({ $id }) => String($id) },
  })
}
