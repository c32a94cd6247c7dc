import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BENCH_FOLDER } from './folder.ts'

/** Names the process that measures. */
const CLAIM = join(BENCH_FOLDER, 'running')

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/**
 * Two at once would measure each other, and the later one would take the data of the other away.
 * @returns what gives the machine back
 */
export async function claimMachine(): Promise<() => Promise<void>> {
  await mkdir(BENCH_FOLDER, { recursive: true })
  const pid = Number(await readFile(CLAIM, 'utf8').catch(() => ''))
  if (pid > 0 && isAlive(pid)) throw new Error(`Another measurement runs: process ${pid}.`)
  await writeFile(CLAIM, String(process.pid))
  return () => rm(CLAIM, { force: true })
}
