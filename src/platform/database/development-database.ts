import type { Config } from '../config.ts'
import { createLogger } from '../logging.ts'
import { openDatabase } from './database.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { migrateUp } from './migrator.ts'

/** Starts the embedded PostgreSQL of development, with the newest schema. */
export async function startDevelopmentDatabase(
  config: Config,
): Promise<{ url: string; stop(): Promise<void> }> {
  const server = await startEmbeddedPostgres({ dataFolder: config.dataFolder })
  const database = openDatabase({ url: server.url, poolSize: 2, preparedStatements: true, queryTimeoutMs: 0 })
  await migrateUp(database, createLogger(config))
  await database.db.destroy()
  return server
}
