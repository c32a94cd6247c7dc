import { ConfigError } from '../config/config-error.ts'
import type { DatabaseSettings } from '../config/database-settings.ts'

type Urls = Pick<DatabaseSettings, 'url' | 'directUrl'>

/**
 * The address of the database.
 * @throws ConfigError where there is none: who starts the process decides what stands in for it
 */
export function databaseUrl({ url }: Pick<Urls, 'url'>): string {
  if (url !== undefined) return url
  throw new ConfigError(
    [{ name: 'DATABASE_URL', problem: 'is needed here: only the web process of development does without' }],
    '',
  )
}

/** The address past a pooler, for notifications and migrations; the usual one where there is no pooler. */
export function directDatabaseUrl({ url, directUrl }: Urls): string {
  return directUrl ?? databaseUrl({ url })
}
