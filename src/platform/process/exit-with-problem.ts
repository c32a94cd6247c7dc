import { inspect } from 'node:util'
import { ConfigError } from '../config/config-error.ts'
import { databaseProblem } from '../database/database-errors.ts'
import { EmbeddedPostgresError } from '../database/embedded/setup-error.ts'

function isPortTaken(error: unknown): error is Error & { port: number } {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error
}

function problem(error: unknown): string {
  if (error instanceof ConfigError || error instanceof EmbeddedPostgresError) return error.message
  if (isPortTaken(error)) {
    return `Port ${error.port} is already in use. Stop what uses it, or choose another: PORT=${error.port + 1}`
  }
  return typeof error === 'string' ? error : inspect(error)
}

/** The same for a program that does nothing but work on the database. */
export function exitWithDatabaseProblem(error: unknown): never {
  exitWithProblem(databaseProblem(error) ?? error)
}

/** Says why the program cannot start, without a stack where it is not our fault, and ends. */
export function exitWithProblem(error: unknown): never {
  process.stderr.write(`${problem(error)}\n`)
  process.exit(1)
}
