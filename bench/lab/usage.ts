import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Resident memory of one process in megabytes. */
export async function residentMegabytes(pid: number): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) / 1024
}

const SAMPLE_MS = 20

/** The memory of a process before something is done, and the most that it has while that is done. */
export async function highestMegabytes(
  pid: number,
  action: () => Promise<void>,
): Promise<{ before: number; highest: number }> {
  const before = await residentMegabytes(pid)
  let highest = before
  let isDone = false
  const watching = (async () => {
    while (!isDone) {
      highest = Math.max(highest, await residentMegabytes(pid))
      await delay(SAMPLE_MS)
    }
  })()
  await action().finally(() => {
    isDone = true
  })
  await watching
  return { before, highest }
}

type Process = { pid: number; parent: number; ticks: number }

/** Linux counts processor time in hundredths of a second. */
const TICKS_A_SECOND = 100

function readProcess(pid: string): Process[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name before it may hold anything, brackets and spaces too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0)
    return [{ pid: Number(pid), parent: Number(fields[1]), ticks }]
  } catch {
    return []
  }
}

function readProcesses(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readProcess)
}

function treeAmong(all: Process[], root: number): Process[] {
  const below = all.filter(({ parent }) => parent === root).flatMap(({ pid }) => treeAmong(all, pid))
  return [...all.filter(({ pid }) => pid === root), ...below]
}

/** A process and all its descendants. */
export function treeOf(root: number): number[] {
  return treeAmong(readProcesses(), root).map(({ pid }) => pid)
}

/** The processor time that a process and all its descendants have used; nothing where the system does not tell. */
export function cpuSeconds(root: number): number | undefined {
  if (process.platform !== 'linux') return undefined
  const ticks = treeAmong(readProcesses(), root).reduce((sum, process) => sum + process.ticks, 0)
  return ticks / TICKS_A_SECOND
}
