import { type Kysely, sql } from 'kysely'
import { checkOldUsers } from './fastapi/check-old-users.ts'
import {
  bringOldTablesBack,
  findOldTables,
  hasOldTablesAside,
  putOldTablesAside,
} from './fastapi/old-tables.ts'

/** Puts the tables of the FastAPI version aside, once every user in them is known to fit; else it changes nothing. */
export async function up(db: Kysely<unknown>): Promise<void> {
  if (!(await findOldTables(db))) return
  // A server of the old version that still runs must not change what was checked, nor keep us waiting for ever.
  await sql`SET LOCAL lock_timeout = '3s'`.execute(db)
  await sql`LOCK TABLE users, sessions, alembic_version IN ACCESS EXCLUSIVE MODE`.execute(db)
  await checkOldUsers(db)
  await putOldTablesAside(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  if (await hasOldTablesAside(db)) await bringOldTablesBack(db)
}
