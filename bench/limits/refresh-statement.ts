import { Kysely, type LogEvent, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Database } from '../../src/platform/database/tables.ts'
import { rotateSession } from '../../src/sessions/sessions-repository.ts'
import { sessionId, userId } from '../lab/accounts.ts'

/** The statement that a refresh sends, taken from the code itself, and what its parameters are. */
export type RefreshStatement = { text: string; parameters: ('session' | 'user' | 'generation' | string)[] }

const MARKED_GENERATION = 1_234_567
const IDLE_SECONDS = 7 * 86_400
const MAX_SECONDS = 30 * 86_400

function meaning(value: unknown): string {
  if (value === sessionId(0)) return 'session'
  if (value === userId(0)) return 'user'
  if (value === MARKED_GENERATION) return 'generation'
  return value instanceof Date ? value.toISOString() : String(value)
}

/** Refreshes a session that nobody has, and looks at what is sent. */
export async function refreshStatement(databaseUrl: string, now: Date): Promise<RefreshStatement> {
  const sent: RefreshStatement[] = []
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: databaseUrl, max: 1 }) }),
    log: ({ query }: LogEvent) => {
      sent.push({ text: query.sql, parameters: query.parameters.map(meaning) })
    },
  })
  const named = { sessionId: sessionId(0), userId: userId(0), generation: MARKED_GENERATION }
  const graceSince = new Date(now.getTime() - 60_000)
  await rotateSession(db, named, { now, graceSince, idleSeconds: IDLE_SECONDS, maxSeconds: MAX_SECONDS })
  await db.destroy()
  const [statement] = sent
  if (statement === undefined) throw new Error('a refresh sends no statement')
  return statement
}
