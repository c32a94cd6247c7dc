/** The keywords of a JSON Schema that say what a value looks like. */
export type DescribedSchema = {
  type?: unknown
  examples?: unknown
  enum?: unknown
  const?: unknown
  properties?: Record<string, DescribedSchema>
  items?: DescribedSchema
}

/** A value as a schema describes it, put together from the examples of its parts. */
export function exampleOf(schema: DescribedSchema): unknown {
  const [example] = [schema.examples, schema.const, schema.enum].flat().filter((value) => value !== undefined)
  if (example !== undefined) return example
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, part]) => [name, exampleOf(part)]),
      )
    case 'array':
      return [exampleOf(schema.items ?? {})]
    case 'boolean':
      return true
    default:
      return null
  }
}
