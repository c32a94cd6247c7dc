import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MIGRATION_TEMPLATE } from './migration-template.ts'

function nextNumber(folder: string): string {
  const numbers = readdirSync(folder).map((file) => Number(/^(\d{4})-.+\.ts$/.exec(file)?.[1] ?? 0))
  return String(Math.max(0, ...numbers) + 1).padStart(4, '0')
}

/**
 * Writes the next migration from the template.
 * @param message what it does, in words: "add phone to users"
 * @returns its path, or nothing where the message has no letter or digit
 */
export function createMigration(folder: string, message: string): string | undefined {
  const words = message.toLowerCase().match(/[a-z0-9]+/g)
  if (words === null) return undefined
  const path = join(folder, `${nextNumber(folder)}-${words.join('-')}.ts`)
  writeFileSync(path, MIGRATION_TEMPLATE, { flag: 'wx' })
  return path
}
