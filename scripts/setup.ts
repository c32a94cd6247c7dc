import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeSecret } from '../src/platform/config/kept-secrets.ts'

const SECRET_LINE = /^# ((?:ACCESS|REFRESH)_TOKEN_SECRET_KEY)=.*$/gm

function alreadyThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}

/**
 * Writes `.env.dev` from `.env.example` with fresh secrets, readable by its owner alone. One that is there stays.
 * @returns whether it was written
 */
export function writeDevelopmentSettings(root: string): boolean {
  const example = readFileSync(join(root, '.env.example'), 'utf8')
  const settings = example.replace(SECRET_LINE, (_line, name: string) => `${name}=${makeSecret()}`)
  try {
    writeFileSync(join(root, '.env.dev'), settings, { mode: 0o600, flag: 'wx' })
    return true
  } catch (error) {
    if (alreadyThere(error)) return false
    throw error
  }
}

if (import.meta.main) {
  const written = writeDevelopmentSettings(resolve(process.argv[2] ?? join(import.meta.dirname, '..')))
  process.stdout.write(
    written
      ? 'Wrote .env.dev with fresh secrets. Every setting in it is explained; `make dev` reads it.\n'
      : '.env.dev is already there and stays as it is. Remove it first to start from the example again.\n',
  )
}
