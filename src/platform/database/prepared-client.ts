import pg, { type QueryConfig } from 'pg'

/** Beyond this many different texts a statement stays unnamed: one-off texts must not fill the server's memory. */
const MAX_NAMED_STATEMENTS = 500

const names = new Map<string, string>()

function statementName(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined || names.size >= MAX_NAMED_STATEMENTS) return known
  const name = `s${names.size}`
  names.set(text, name)
  return name
}

/**
 * A client that prepares every parameterised statement by name, once per connection: the server then skips
 * parsing and planning. Kysely passes (text, values), the pool adds a callback; what passes a config of its own is
 * left alone.
 */
export class PreparedClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg declares ten overloads; this one wraps them all
  override query(...args: any[]): any {
    const [text, values, ...rest] = args
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) {
      return Reflect.apply(super.query, this, args)
    }
    const name = statementName(text)
    const config: QueryConfig = name === undefined ? { text, values } : { name, text, values }
    return Reflect.apply(super.query, this, [config, ...rest])
  }
}

/**
 * A client that prepares nothing, for poolers that give each transaction another connection: a name that a library
 * gives to its statement is taken away.
 */
export class UnpreparedClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: pg declares ten overloads; this one wraps them all
  override query(...args: any[]): any {
    const [config, ...rest] = args
    if (config?.name === undefined) return Reflect.apply(super.query, this, args)
    return Reflect.apply(super.query, this, [{ ...config, name: undefined }, ...rest])
  }
}
