/**
 * SQLSTATE classes and codes that mean "not now", not "wrong": connections (08), a server that has become a standby
 * (25006), that lacks memory, disk or connections (53), that shuts down (57P01 to 3), or whose machine fails (58).
 */
const UNAVAILABLE_STATES = /^(08|25006|53|57P0[1-3]|58)/
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])
/** Failures that pg reports by text alone. */
const CLIENT_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error|not queryable|cannot use a pool after calling end/i

/** Whether an error says that the database cannot be reached at the moment, so that the caller may try again. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable)
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return UNAVAILABLE_STATES.test(code) || NETWORK_CODES.has(code) || CLIENT_MESSAGES.test(error.message)
}

/** SQLSTATE: the server does not let this user in (28), or has no such database. */
const NOT_LET_IN = /^(28|3D000)/

function reasonOf(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(reasonOf).join(', ') : error.message
}

/**
 * Why the database does not serve a program, where the settings or the version are to be mended and not the program.
 * @returns what a person is to be told, or nothing
 */
export function databaseProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (/^corrupted migrations: .* is missing$/.test(error.message)) {
    return `The database is that of another version (${error.message}). Use the version that has this migration, or take it back with it.`
  }
  const isRefused = 'code' in error && NOT_LET_IN.test(String(error.code))
  if (!isRefused && !isDatabaseUnavailable(error)) return undefined
  return `The database cannot be used (${reasonOf(error)}). See whether it runs, and whether DATABASE_URL is right.`
}

/** SQLSTATE: serialization failure, deadlock, and a reference to a row that is gone. */
const LOST_RACES = new Set(['40001', '40P01', '23503'])

/** Whether a transaction failed for what others did at the same time, so that it may fare better again. */
export function isWorthAnotherTry(error: unknown): boolean {
  return error instanceof Error && 'code' in error && LOST_RACES.has(String(error.code))
}

/** Whether a statement failed since a row with the constraint's values is already there. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === '23505' &&
    'constraint' in error &&
    error.constraint === constraint
  )
}

/** Foreign keys to accounts are named after the table and `user` or `owner`. */
const ACCOUNT_KEY = /_(user|owner)$/

/** Whether a statement failed since the account that it wrote for was deleted meanwhile. */
export function isAccountGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === '23503' &&
    'constraint' in error &&
    ACCOUNT_KEY.test(String(error.constraint))
  )
}
