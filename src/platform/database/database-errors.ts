/**
 * Reasons why the server does not serve at the moment, by SQLSTATE, and what to report: connections (08), a standby
 * (25006), a refused login (28), no such database (3D000), races lost again and again (40001, 40P01), a lock or a
 * statement that takes too long (55P03, 57014), no memory, disk or connections (53), a server that starts or shuts down
 * or whose database was dropped (57P01 to 4), a machine that fails (58).
 */
const UNAVAILABLE_STATES: readonly (readonly [RegExp, string])[] = [
  [/^3D000|^57P04/, 'The database does not exist.'],
  [/^28/, 'The database rejected the login of this server.'],
  [/^53300/, 'The database has no free connection.'],
  [/^53100/, 'The disk of the database is full.'],
  [/^53/, 'The database is out of memory.'],
  [/^(40001|40P01|55P03|57014)/, 'The database is busy.'],
  [/^25006/, 'The database is read-only (a standby).'],
  [/^57P0[1-3]/, 'The database is starting up or shutting down.'],
  [/^(08|58)/, 'The database cannot be reached.'],
]
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
/** Where the server refuses to connect with an SQLSTATE that also stands for other errors: no privilege, no admission. */
const CONNECTING_ROUTINE = 'CheckMyDatabase'

function stateOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/**
 * Why the database cannot be used at the moment, so that the caller may try again.
 * @returns a sentence without anything of the settings, or nothing where the error is of another kind
 */
export function unavailableReason(error: unknown): string | undefined {
  if (error instanceof AggregateError) return error.errors.map(unavailableReason).find(Boolean)
  if (!(error instanceof Error)) return undefined
  const code = stateOf(error)
  const [, reason] = UNAVAILABLE_STATES.find(([states]) => states.test(code)) ?? []
  if (reason !== undefined) return reason
  if ('routine' in error && error.routine === CONNECTING_ROUTINE)
    return 'The database rejected the login of this server.'
  const isBroken = NETWORK_CODES.has(code) || CLIENT_MESSAGES.test(error.message)
  return isBroken ? 'The database cannot be reached.' : undefined
}

/** Whether an error says that the database cannot be used at the moment, so that the caller may try again. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return unavailableReason(error) !== undefined
}

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
  if (!isDatabaseUnavailable(error)) return undefined
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

/** The foreign key by which a statement refers to a row that is gone (SQLSTATE 23503), or nothing. */
export function brokenReference(error: unknown): string | undefined {
  if (!(error instanceof Error) || stateOf(error) !== '23503') return undefined
  return 'constraint' in error ? String(error.constraint) : undefined
}

/** Foreign keys to accounts are named after the table and `user` or `owner`. */
const ACCOUNT_KEY = /_(user|owner)$/

/** Whether a statement failed since the account that it wrote for was deleted meanwhile. */
export function isAccountGone(error: unknown): boolean {
  return ACCOUNT_KEY.test(brokenReference(error) ?? '')
}
