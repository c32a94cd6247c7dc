import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

const DESCRIPTION = `CrypAlgos: accounts, and the market data of trading algorithms.

Every answer under \`/api/v1\` is an envelope: \`data\` holds what was asked for, or \`api_error\` what was wrong.
Programs send the access token as \`Authorization: Bearer\`; browsers can rely on the cookies that every sign-in sets.`

type Transform = NonNullable<FastifyDynamicSwaggerOptions['transformObject']>

type Operation = {
  parameters?: { schema: object; required: boolean }[]
  requestBody?: { content: Record<string, { schema: object }>; required: boolean }
}

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'responses' in value
}

/** What has a default, and a body without a required field, may be left out; the generator claims otherwise. */
const markOptional: Transform = (generated) => {
  const [document = {}] = Object.values(generated)
  const methods = Object.values({ ...document.paths }).flatMap((path) => Object.values({ ...Object(path) }))
  for (const { parameters = [], requestBody } of methods.filter(isOperation)) {
    for (const parameter of parameters) if ('default' in parameter.schema) parameter.required = false
    if (requestBody === undefined) continue
    requestBody.required = Object.values(requestBody.content).every(({ schema }) => 'required' in schema)
  }
  return document
}

/** Collects the schemas of the routes that are registered after it into one OpenAPI document. */
export async function collectOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'CrypAlgos API',
        version,
        description: DESCRIPTION,
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
    transformObject: markOptional,
    refResolver: { buildLocalReference: ({ $id }) => String($id) },
  })
}
