import { relative } from 'node:path'
import { installSampleData } from '../src/market-data/install-sample-data.ts'
import { type Config, readConfig } from '../src/platform/config.ts'
import { type OpenDatabase, openDatabase } from '../src/platform/database/database.ts'
import { startEmbeddedPostgres } from '../src/platform/database/embedded-postgres.ts'
import {
  MIGRATIONS_FOLDER,
  migrateDown,
  migrateUp,
  migrationStatus,
} from '../src/platform/database/migrator.ts'
import { createLogger } from '../src/platform/logging.ts'
import { exitWithDatabaseProblem } from '../src/platform/process/exit-with-problem.ts'
import { createMigration } from './create-migration.ts'

const HELP = `Usage: node scripts/migrate.ts COMMAND
  up           brings the database to the newest version
  down         takes the newest migration back
  status       lists the migrations and when they were applied
  create NAME  writes a new migration
`
const UNNAMED = 'Say what the migration does: make migrate-create MESSAGE="add phone to users"\n'

type Command = (database: OpenDatabase, config: Config) => Promise<string[]>

async function up(database: OpenDatabase, config: Config): Promise<string[]> {
  const names = await migrateUp(database, createLogger(config))
  await installSampleData(database.db, new Date())
  return names.length === 0
    ? ['Nothing to do: the database has the newest version.']
    : names.map((name) => `up   ${name}`)
}

async function down({ db }: OpenDatabase): Promise<string[]> {
  const names = await migrateDown(db)
  return names.length === 0
    ? ['Nothing to do: no migration is applied.']
    : names.map((name) => `down ${name}`)
}

async function status({ db }: OpenDatabase): Promise<string[]> {
  const migrations = await migrationStatus(db)
  return migrations.map(
    ({ name, executedAt }) => `${executedAt?.toISOString() ?? 'not applied yet'.padEnd(24)}  ${name}`,
  )
}

const COMMANDS: Record<string, Command> = { up, down, status }

/** The database of the settings, past a pooler where there is one; else the embedded server of development. */
async function findDatabase({
  database,
  dataFolder,
}: Config): Promise<{ url: string; stop(): Promise<void> }> {
  const url = database.directUrl ?? database.url
  return url === undefined ? startEmbeddedPostgres({ dataFolder }) : { url, stop: async () => {} }
}

async function run(command: Command): Promise<void> {
  const config = readConfig()
  const { url, stop } = await findDatabase(config)
  const database = openDatabase({ url, poolSize: 2, preparedStatements: false, queryTimeoutMs: 0 })
  try {
    const lines = await command(database, config)
    process.stdout.write(`${lines.join('\n')}\n`)
  } finally {
    await database.db.destroy()
    await stop()
  }
}

function refuse(message: string): void {
  process.stderr.write(message)
  process.exitCode = 2
}

function create(message: string): void {
  const path = createMigration(MIGRATIONS_FOLDER, message)
  if (path === undefined) refuse(UNNAMED)
  else process.stdout.write(`Wrote ${relative(process.cwd(), path)}\n`)
}

async function main([name = '', ...words]: string[]): Promise<void> {
  if (name === 'create') return create(words.join(' '))
  const command = COMMANDS[name]
  if (command === undefined) refuse(HELP)
  else await run(command)
}

main(process.argv.slice(2)).catch(exitWithDatabaseProblem)
