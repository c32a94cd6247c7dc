import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runMigrations } from 'graphile-worker'
import { type Kysely, sql } from 'kysely'
import { type Migration, type MigrationInfo, type MigrationResultSet, Migrator } from 'kysely/migration'
import type pg from 'pg'
import { graphileLogger } from '../jobs/graphile-logger.ts'
import type { Logger } from '../logging.ts'

export const MIGRATIONS_FOLDER = join(import.meta.dirname, '../../../migrations')

const MIGRATION_FILE = /^\d{4}-[a-z0-9-]+\.ts$/

async function loadMigrations(folder: string): Promise<Record<string, Migration>> {
  const files = (await readdir(folder)).filter((file) => MIGRATION_FILE.test(file)).sort()
  const entries = files.map(async (file): Promise<[string, Migration]> => {
    const { up, down } = await import(pathToFileURL(join(folder, file)).href)
    return [file.slice(0, -'.ts'.length), { up, down }]
  })
  return Object.fromEntries(await Promise.all(entries))
}

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was then, not today's types
type AnyDb = Kysely<any>

function migrator(db: AnyDb, folder: string): Migrator {
  return new Migrator({ db, provider: { getMigrations: () => loadMigrations(folder) } })
}

function applied({ error, results = [] }: MigrationResultSet): string[] {
  if (error !== undefined) throw error
  return results.map((result) => result.migrationName)
}

/**
 * The job queue switches row security on for its tables, without a policy, so that their owner alone reads them. The
 * program works as a role that owns nothing; what a role may do is decided by the privileges on tables.
 */
async function openJobTables(db: AnyDb): Promise<void> {
  await sql`
    DO $$ DECLARE name regclass; BEGIN
      FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'graphile_worker'::regnamespace AND relrowsecurity
      LOOP EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', name); END LOOP;
    END $$`.execute(db)
}

/**
 * Brings the schema to the newest version: ours, all in one transaction, so that a migration that fails leaves nothing
 * half done, and then the job queue's own. Two processes may call it at once.
 * @returns the names of the migrations that were applied
 */
export async function migrateUp(
  { db, pool }: { db: AnyDb; pool: pg.Pool },
  log: Logger,
  folder: string = MIGRATIONS_FOLDER,
): Promise<string[]> {
  const names = applied(await migrator(db, folder).migrateToLatest())
  await runMigrations({ pgPool: pool, logger: graphileLogger(log) })
  await openJobTables(db)
  return names
}

/** Takes the newest migration back. @returns its name, or nothing where none is applied */
export async function migrateDown(db: AnyDb, folder: string = MIGRATIONS_FOLDER): Promise<string[]> {
  return applied(await migrator(db, folder).migrateDown())
}

export function migrationStatus(
  db: AnyDb,
  folder: string = MIGRATIONS_FOLDER,
): Promise<readonly MigrationInfo[]> {
  return migrator(db, folder).getMigrations()
}
