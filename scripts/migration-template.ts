/** What a new migration begins as. */
export const MIGRATION_TEMPLATE = `import { type Kysely, sql } from 'kysely'

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was then, not today's types
type Schema = Kysely<any>

export async function up(db: Schema): Promise<void> {
  // Behind a lock that is waited for all other requests wait too: rather give up, and be run again.
  await sql\`SET LOCAL lock_timeout = '3s'\`.execute(db)
  await sql\`ALTER TABLE users ADD COLUMN example text\`.execute(db)
}

export async function down(db: Schema): Promise<void> {
  await sql\`SET LOCAL lock_timeout = '3s'\`.execute(db)
  await sql\`ALTER TABLE users DROP COLUMN example\`.execute(db)
}
`
