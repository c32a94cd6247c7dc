import cluster from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../logging.ts'
import { answerMetricsQuestions } from './cluster-metrics.ts'
import { closeOnSignal } from './shutdown.ts'

const RESTART_DELAY_MS = 1_000

/**
 * Runs this program in several processes that share one port, and replaces those that die.
 * @param env what they get beside this process's own environment
 */
export function runPrimary(
  log: Logger,
  processes: number,
  env: Record<string, string>,
  close: () => Promise<void>,
): void {
  let stopping = false
  answerMetricsQuestions()
  cluster.on('exit', async (worker, code, signal) => {
    if (stopping) return
    log.error({ pid: worker.process.pid, code, signal }, 'a web process ended; another takes its place')
    await delay(RESTART_DELAY_MS)
    if (!stopping) cluster.fork(env)
  })
  for (let i = 0; i < processes; i += 1) cluster.fork(env)
  closeOnSignal(log, async () => {
    stopping = true
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    const ended = workers.map((worker) => once(worker, 'exit'))
    for (const worker of workers) worker.process.kill('SIGTERM')
    await Promise.all(ended)
    await close()
  })
}
