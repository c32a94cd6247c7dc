const DATABASE_URL_HINT = 'Or set DATABASE_URL to a PostgreSQL (15 or newer) of your own.'

/** The embedded server cannot be had here; the message says what a person can do. */
export class EmbeddedPostgresError extends Error {
  override name = 'EmbeddedPostgresError'
}

/** Something about this machine is at fault, and a server elsewhere would do as well. */
export function setupError(problem: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(`${problem}\n${DATABASE_URL_HINT}`, { cause })
}

/** What a program of PostgreSQL said last. */
export function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-15).join('\n')
}
