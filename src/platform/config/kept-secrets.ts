import { randomBytes, randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The secrets that a machine of development makes for itself. */
export type KeptSecrets = { access: string; refresh: string }

const SECRET_BYTES = 64

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

export function makeSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url')
}

function parse(text: string): KeptSecrets {
  const value: unknown = JSON.parse(text)
  if (typeof value === 'object' && value !== null && 'access' in value && 'refresh' in value) {
    const { access, refresh } = value
    if (typeof access === 'string' && access !== '' && typeof refresh === 'string' && refresh !== '') {
      return { access, refresh }
    }
  }
  throw new Error('the file of kept secrets is damaged')
}

/**
 * Places a file that only its owner can read, unless it is there already. A link appears whole or not at all, so of
 * two processes that start at once both read the same.
 */
export function placeOnce(path: string, text: string): void {
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}

/**
 * The secrets of this data folder, made at the first call and the same ever after.
 * @throws where the folder cannot be written or the file holds something else
 */
export function keptSecrets(dataFolder: string): KeptSecrets {
  const path = join(dataFolder, 'secrets.json')
  mkdirSync(dataFolder, { recursive: true })
  try {
    return parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  placeOnce(path, `${JSON.stringify({ access: makeSecret(), refresh: makeSecret() })}\n`)
  return parse(readFileSync(path, 'utf8'))
}
