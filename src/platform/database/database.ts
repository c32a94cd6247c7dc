import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { PreparedClient, UnpreparedClient } from './prepared-client.ts'
import type { Database } from './tables.ts'

/** The pool or a transaction: repositories take either. */
export type Db = Kysely<Database>
export type Tx = Transaction<Database>

export type DatabaseOptions = {
  url: string
  /** Connections at most, per process. */
  poolSize: number
  /** Off behind a pooler that cannot keep prepared statements. */
  preparedStatements: boolean
  /** Milliseconds after which a statement is given up; 0 for never (migrations). */
  queryTimeoutMs?: number
  onError?: (error: Error) => void
}

/** A pool and the query builder over it. `destroy` on the builder ends the pool. */
export type OpenDatabase = { db: Db; pool: pg.Pool }

const CONNECT_TIMEOUT_MS = 5_000
const QUERY_TIMEOUT_MS = 10_000

export function openDatabase(options: DatabaseOptions): OpenDatabase {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // A statement that hangs must not hold a connection for ever; the client gives it up.
    query_timeout: options.queryTimeoutMs ?? QUERY_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'crypalgos-api',
    Client: options.preparedStatements ? PreparedClient : UnpreparedClient,
  })
  // A connection that breaks, idle or in use, raises an error event; without a listener it would end the process.
  const onError = (error: Error) => options.onError?.(error)
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  const dialect = new PostgresDialect({ pool })
  return { db: new Kysely<Database>({ dialect }), pool }
}
