import { createHash } from 'node:crypto'
import { chownSync, lstatSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setupError } from './setup-error.ts'

/** Whom the server runs as. */
export type Account = { uid: number; gid: number }

/** Where the embedded server's files lie, and whose they are. */
export type Place = {
  account: Account
  /** Only the account may look into it; holds everything below. */
  base: string
  /** The database itself, its password and its log. */
  cluster: string
  /** Where the programs must be copied to, if the account cannot use those of node_modules. */
  programs: string | undefined
}

const REPOSITORY = join(import.meta.dirname, '../../../..')
const PASSWD = '/etc/passwd'
const NOBODY: Account = { uid: 65_534, gid: 65_534 }

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** The account of the system for what owns nothing, as `/etc/passwd` has it (macOS writes it as -2). */
export function unprivilegedAccount(passwd: string): Account {
  const [, uid, gid] = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(passwd) ?? []
  return uid === undefined || gid === undefined ? NOBODY : { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }
}

/**
 * PostgreSQL refuses to run as root, and nobody else may be able to enter root's clone. So root's server runs as
 * the unprivileged account, in a folder of its own outside the clone.
 */
export function choosePlace(
  dataFolder: string,
  user: Account = { uid: Number(process.getuid?.()), gid: Number(process.getgid?.()) },
): Place {
  if (user.uid !== 0) {
    return { account: user, base: dataFolder, cluster: join(dataFolder, 'postgres'), programs: undefined }
  }
  const base = join('/var/tmp', `crypalgos-${shortHash(REPOSITORY)}`)
  return {
    account: unprivilegedAccount(readFileSync(PASSWD, 'utf8')),
    base,
    cluster: join(base, `data-${shortHash(dataFolder)}`),
    programs: join(base, 'programs'),
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/**
 * Makes the base folder. One in a place where everybody may write must be the account's alone: what somebody
 * else put there is never used.
 */
export function prepareBase({ base, account, programs }: Place): void {
  if (programs === undefined) {
    mkdirSync(base, { recursive: true })
    return
  }
  makeFolder(base)
  const found = lstatSync(base)
  // Still ours where it was made just now, perhaps by another process.
  const owners = [account.uid, process.getuid?.()]
  if (!found.isDirectory() || !owners.includes(found.uid) || (found.mode & 0o077) !== 0) {
    throw setupError(
      `${base} is not a folder that belongs to user ${account.uid} alone. Somebody else may have made it: look at it, remove it and start again.`,
    )
  }
  chownSync(base, account.uid, account.gid)
}
