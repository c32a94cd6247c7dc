import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Contender } from './compare.ts'
import { Unavailable } from './install.ts'
import { treeOf } from './usage.ts'

const run = promisify(execFile)

async function pin(roots: number[], cores: string): Promise<void> {
  const pids = new Set(roots.flatMap(treeOf))
  // One that ends meanwhile cannot be pinned.
  await Promise.all(
    Array.from(pids, (pid) => run('taskset', ['-a', '-c', '-p', cores, String(pid)]).catch(() => {})),
  )
}

/**
 * Lets a contender run with everything that takes part, so the load too, on these cores alone.
 * @param roots the processes that all that take part descend from
 * @param cores as `taskset` names them, such as "0" or "0-1"
 * @throws Unavailable where the system cannot do so
 */
export async function pinned(contender: Contender, roots: number[], cores: string): Promise<Contender> {
  const { stdout } = await run('taskset', ['-c', '-p', String(process.pid)]).catch(() => {
    throw new Unavailable('there is no taskset on the PATH')
  })
  const all = stdout.split(': ').at(-1)?.trim() ?? ''
  return {
    name: contender.name,
    async run(seconds) {
      await pin(roots, cores)
      try {
        return await contender.run(seconds)
      } finally {
        await pin(roots, all)
      }
    },
  }
}
