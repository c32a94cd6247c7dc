import type {} from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

export type Schema = {
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  format?: string
  pattern?: string
  examples?: unknown[]
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  maxItems?: number
  maxProperties?: number
  additionalProperties?: boolean | Schema
  patternProperties?: Record<string, Schema>
  propertyNames?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  $ref?: string
}
export type Media = { schema: Schema; example?: unknown; examples?: Record<string, { value: unknown }> }
export type Answer = {
  description: string
  headers?: Record<string, unknown>
  content?: Record<string, Media>
}
export type Operation = {
  operationId: string
  summary: string
  tags: string[]
  security: Record<string, string[]>[]
  parameters?: { name: string; in: 'path' | 'query' | 'header'; required: boolean; schema: Schema }[]
  requestBody?: { required: boolean; content: Record<string, Media> }
  responses: Record<string, Answer>
}
export type OpenApi = {
  openapi: string
  info: { description: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

/** The document that the application serves. */
export function readOpenApi(app: FastifyInstance): OpenApi {
  return JSON.parse(JSON.stringify(app.swagger()))
}

export type LocatedOperation = Operation & { method: string; path: string }

/** Every operation, with where it is; methods in upper case. */
export function operationsOf({ paths }: OpenApi): LocatedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
    })),
  )
}
