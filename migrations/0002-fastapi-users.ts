import { type Kysely, sql } from 'kysely'
import { hasOldTablesAside } from './fastapi/old-tables.ts'
import { movedEmail, movedPhone, type OldUser, verifiedUsers } from './fastapi/old-users.ts'

async function moveUsers(db: Kysely<unknown>, users: OldUser[]): Promise<void> {
  const ids = users.map(({ id }) => id)
  // All but what is rewritten stays inside the database, so that timestamps keep their microseconds.
  await sql`
    INSERT INTO users (id, name, email, username, password_hash, country_code, phone, created_at, updated_at)
    SELECT old.id::uuid, old.name, moved.email, old.username, old.password, old.country_code, moved.phone,
           coalesce(old.created_at, old.updated_at, now()), coalesce(old.updated_at, old.created_at, now())
    FROM unnest(${ids}::text[], ${users.map(movedEmail)}::text[], ${users.map(movedPhone)}::text[])
           AS moved (id, email, phone)
    JOIN fastapi_users AS old ON old.id = moved.id`.execute(db)
}

/** Copies the verified users of the FastAPI version. Its sessions and unverified users are left behind. */
export async function up(db: Kysely<unknown>): Promise<void> {
  if (!(await hasOldTablesAside(db))) return
  for await (const users of verifiedUsers(db, 'fastapi_users')) await moveUsers(db, users)
}

/** Nothing to do: the copies go with their table, one migration further down, and the originals are still there. */
export async function down(): Promise<void> {}
