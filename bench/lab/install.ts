import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BENCH_FOLDER } from './folder.ts'

const run = promisify(execFile)

/** A peer that cannot be measured here, and why, in one line. */
export class Unavailable extends Error {}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

function reasonOf(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return said.trim().split('\n').at(-1) ?? ''
}

export type Installation = {
  name: string
  /** The peer's folder, copied to where it is installed. */
  source: string
  /** The file in it that names the packages: a change installs anew. */
  packages: string
  commands: { command: string; args: string[] }[]
}

/**
 * Installs a peer outside the project's own packages, once.
 * @returns the folder
 * @throws Unavailable where that fails
 */
export async function install({ name, source, packages, commands }: Installation): Promise<string> {
  const folder = join(BENCH_FOLDER, name)
  const wanted = await readFile(join(source, packages), 'utf8')
  const marker = join(folder, 'installed')
  if ((await read(marker)) !== wanted) {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    await cp(source, folder, { recursive: true })
    for (const { command, args } of commands) {
      await run(command, args, { cwd: folder }).catch((error) => {
        throw new Unavailable(`\`${command} ${args.join(' ')}\` failed: ${reasonOf(error)}`)
      })
    }
    await writeFile(marker, wanted)
  }
  await cp(source, folder, { recursive: true })
  return folder
}
