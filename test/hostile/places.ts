import type { LocatedOperation, Schema } from '../openapi.ts'

type Path = readonly (string | number)[]

/** Somewhere in a request that a client can write what it likes. */
export type Place =
  | { in: 'body'; path: Path }
  /** A key beside those of an object. */
  | { in: 'key'; path: Path }
  | { in: 'query' | 'path' | 'header'; name: string }
  | { in: 'form'; name: string }

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The places of a schema, and those of a value where the schema leaves it open. */
function* placesIn(schema: Schema, example: unknown, path: Path): Generator<Place> {
  yield { in: 'body', path }
  if (Array.isArray(example) || schema.items !== undefined) {
    yield* placesIn(schema.items ?? {}, [example].flat()[0], [...path, 0])
  }
  if (!isObject(example) && schema.properties === undefined) return
  yield { in: 'key', path }
  const values: Record<string, unknown> = isObject(example) ? example : {}
  const names = new Set([...Object.keys(schema.properties ?? {}), ...Object.keys(values)])
  for (const name of names) {
    const part = schema.properties?.[name]
    yield* placesIn(part ?? {}, values[name] ?? part?.examples?.[0], [...path, name])
  }
}

/** Every place of an operation where a client can write what it likes. */
export function placesOf(operation: LocatedOperation, example: unknown): Place[] {
  const { parameters = [], requestBody } = operation
  const json = requestBody?.content['application/json']?.schema
  const form = requestBody?.content['multipart/form-data']?.schema
  return [
    ...parameters.map((parameter): Place => ({ in: parameter.in, name: parameter.name })),
    ...(json === undefined ? [] : placesIn(json, example, [])),
    ...Object.keys(form?.properties ?? {})
      .filter((name) => name !== 'file')
      .map((name): Place => ({ in: 'form', name })),
  ]
}

function withValue(value: unknown, [step, ...rest]: Path, put: unknown): unknown {
  if (step === undefined) return put
  if (typeof step === 'number') {
    const items = Array.isArray(value) ? value : []
    return [withValue(items[0], rest, put), ...items.slice(1)]
  }
  const fields = isObject(value) ? value : {}
  return { ...fields, [step]: withValue(fields[step], rest, put) }
}

const MARK = '"\u{e000}"'

/** A body as JSON text, with other JSON text at a place. */
export function bodyWith(example: unknown, path: Path, json: string): string {
  const marked = withValue(structuredClone(example), path, JSON.parse(MARK))
  return JSON.stringify(marked).replace(MARK, () => json)
}

/** A body as JSON text, with one more key in the object at a place. */
export function bodyWithKey(example: unknown, path: Path, key: string, json: string): string {
  const marked = withValue(structuredClone(example), [...path, '\u{e001}'], JSON.parse(MARK))
  return JSON.stringify(marked).replace(`"\u{e001}":${MARK}`, () => `${JSON.stringify(key)}:${json}`)
}
