import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BENCH_FOLDER } from '../lab/folder.ts'
import { Unavailable } from '../lab/install.ts'
import type { ProgramCommand } from './program.ts'

const run = promisify(execFile)

const SOURCES = join(import.meta.dirname, '../peers/engine-c')
/** As fast as it gets with the same digits: no fused operations, no other order. */
const FLAGS = ['-O3', '-ffp-contract=off', '-std=c11', '-Wall', '-Wextra', '-Werror']

/** @throws Unavailable where there is no compiler */
export async function compilerVersion(): Promise<string> {
  const { stdout } = await run('gcc', ['--version']).catch(() => {
    throw new Unavailable('there is no gcc on the PATH')
  })
  return stdout.split('\n', 1)[0] ?? ''
}

/**
 * Compiles `bench/peers/engine-c/<source>.c`.
 * @throws Unavailable where there is no compiler
 */
export async function cProgram(name: string, source: string, args: string[]): Promise<ProgramCommand> {
  await compilerVersion()
  const folder = join(BENCH_FOLDER, 'engine-c')
  await mkdir(folder, { recursive: true })
  const binary = join(folder, source)
  await run('gcc', [...FLAGS, '-o', binary, join(SOURCES, `${source}.c`), '-lm'])
  return { name, command: binary, args }
}
