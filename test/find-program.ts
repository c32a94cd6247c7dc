import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

// Debian puts servers where an ordinary user's PATH does not look.
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Find a program of the system.
 * @throws where it is missing; the message says how to get it
 */
export function findProgram(name: string): string {
  const found = FOLDERS.map((folder) => join(folder, name)).find(isExecutable)
  if (found !== undefined) return found
  throw new Error(`These tests need ${name}, which is missing. Install it (Debian: apt-get install ${name}).`)
}
