import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestApp, type TestApp } from './app.ts'
import { type OpenApi, operationsOf, readOpenApi, type Schema } from './openapi.ts'

let app: TestApp
let document: OpenApi

before(async () => {
  app = await startTestApp({ withoutJobs: true })
  document = readOpenApi(app.server)
})
after(() => app.close())

/** What the strategy language checks itself, with diagnostics that say more than a schema could. */
const CHECKED_BY_THE_LANGUAGE = /\.document$|^validateStrategy .*\.parameters\.\*$/

function* faultsOfText({ format, pattern, maxLength }: Schema, where: string) {
  if (format === undefined && pattern === undefined) yield `${where} has neither a format nor a pattern`
  if (maxLength === undefined) yield `${where} has no maxLength`
}

function* faultsOfNumber({ format, ...bounds }: Schema, where: string) {
  const least = bounds.minimum ?? bounds.exclusiveMinimum
  const most = bounds.maximum ?? bounds.exclusiveMaximum
  if (least === undefined || most === undefined) yield `${where} has no bounds`
  const isWhole = bounds.type === 'integer'
  if (!isWhole && format !== 'decimal' && (least ?? 0) < 1e-12) yield `${where} can be smaller than 1e-12`
}

function* faultsOfObject(schema: Schema, where: string): Generator<string> {
  for (const [name, part] of Object.entries(schema.properties ?? {}))
    yield* faultsOf(part, `${where}.${name}`)
  const { additionalProperties: others = {}, patternProperties } = schema
  const isFree = patternProperties !== undefined || (others !== false && Object.keys(others).length > 0)
  const hasFreeNames = isFree || schema.propertyNames !== undefined
  if (!hasFreeNames) return
  if (schema.maxProperties === undefined) yield `${where} has no maxProperties`
  yield* faultsOf(schema.propertyNames ?? { type: 'string' }, `${where}.(name)`)
  yield* faultsOf(Object(others), `${where}.*`)
}

/** What a schema leaves without a bound. */
function* faultsOf(schema: Schema, where: string): Generator<string> {
  if (schema.$ref !== undefined) {
    const named = document.components.schemas[schema.$ref.split('/').at(-1) ?? '']
    return yield* faultsOf(named ?? {}, where)
  }
  if (CHECKED_BY_THE_LANGUAGE.test(where)) return
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  for (const choice of choices) yield* faultsOf(choice, where)
  if (schema.enum !== undefined || schema.const !== undefined) return
  const types = [schema.type ?? []].flat()
  if (types.length === 0 && choices.length === 0) yield `${where} has no type`
  if (types.includes('string')) yield* faultsOfText(schema, where)
  if (types.includes('number') || types.includes('integer')) yield* faultsOfNumber(schema, where)
  if (types.includes('array')) {
    if (schema.maxItems === undefined) yield `${where} has no maxItems`
    yield* faultsOf(schema.items ?? {}, `${where}[]`)
  }
  if (types.includes('object')) yield* faultsOfObject(schema, where)
}

describe('the OpenAPI document', () => {
  it('bounds every string, number, list and map of a request', () => {
    const faults = operationsOf(document).flatMap(({ operationId, parameters = [], requestBody }) => [
      ...parameters.flatMap(({ name, schema }) => [...faultsOf(schema, `${operationId} ${name}`)]),
      ...Object.entries(requestBody?.content ?? {}).flatMap(([type, { schema }]) => [
        ...faultsOf(schema, `${operationId} ${type}`),
      ]),
    ])
    assert.deepEqual(faults, [])
  })

  it('finds what has no bounds', () => {
    const open: Schema = {
      type: 'object',
      properties: { text: { type: 'string' }, list: { type: 'array', items: { type: ['number', 'null'] } } },
      additionalProperties: { type: 'integer', minimum: 0, maximum: 1 },
    }
    assert.deepEqual(
      [...faultsOf(open, 'it')],
      [
        'it.text has neither a format nor a pattern',
        'it.text has no maxLength',
        'it.list has no maxItems',
        'it.list[] has no bounds',
        'it.list[] can be smaller than 1e-12',
        'it has no maxProperties',
        'it.(name) has neither a format nor a pattern',
        'it.(name) has no maxLength',
      ],
    )
  })

  it('describes each format that is no standard one', () => {
    const { description } = document.info
    for (const { parameters = [], requestBody } of operationsOf(document)) {
      const text = JSON.stringify([parameters, requestBody])
      for (const [, format] of text.matchAll(/"format":"([\w-]+)"/g)) {
        assert.ok(format === 'binary' || description.includes(`- \`${format}\`: `), String(format))
      }
    }
  })

  it('makes every id of a path a UUID', () => {
    for (const { operationId, parameters = [] } of operationsOf(document)) {
      for (const { name, schema } of parameters.filter((parameter) => /^(\w+_)?id$/.test(parameter.name))) {
        assert.equal(schema.format, 'uuid', `${operationId} ${name}`)
      }
    }
  })
})
