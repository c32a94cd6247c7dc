import { type Kysely, sql } from 'kysely'

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was then, not today's types
type Schema = Kysely<any>

/** The memory that a run is estimated to take; of older runs it is not known. */
export async function up(db: Schema): Promise<void> {
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await sql`ALTER TABLE backtests ADD COLUMN memory_bytes float8 NOT NULL DEFAULT 0`.execute(db)
}

export async function down(db: Schema): Promise<void> {
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await sql`ALTER TABLE backtests DROP COLUMN memory_bytes`.execute(db)
}
