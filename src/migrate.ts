import { installSampleData } from './market-data/install-sample-data.ts'
import { readConfig } from './platform/config.ts'
import { openDatabase } from './platform/database/database.ts'
import { directDatabaseUrl } from './platform/database/database-url.ts'
import { migrateUp } from './platform/database/migrator.ts'
import { createLogger } from './platform/logging.ts'
import { exitWithDatabaseProblem } from './platform/process/exit-with-problem.ts'

/** Brings the schema of a deployment to the newest version, past a pooler and however long it takes. */
async function main(): Promise<void> {
  const config = readConfig(process.env, undefined, 'migrate')
  const database = openDatabase({
    url: directDatabaseUrl(config.database),
    poolSize: 2,
    preparedStatements: false,
    queryTimeoutMs: 0,
  })
  const log = createLogger(config)
  const applied = await migrateUp(database, log)
  if (await installSampleData(database.db, new Date())) log.info('the synthetic sample is installed')
  await database.db.destroy()
  log.info({ applied }, 'the schema is up to date')
}

main().catch(exitWithDatabaseProblem)
