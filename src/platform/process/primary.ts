import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../logging.ts'
import { answerMetricsQuestions } from './cluster-metrics.ts'
import { type Close, STOP_MESSAGE } from './shutdown.ts'

const RESTART_DELAY_MS = 1_000

/**
 * Runs this program in several processes that share one port, and replaces those that die. The first starts alone:
 * what keeps it from serving would keep the others too, and it has said what that is.
 * @param env what they get beside this process's own environment
 * @returns what ends them
 */
export function startProcesses(log: Logger, count: number, env: Record<string, string>): Close {
  const workers = new Set<Worker>()
  let serving = false
  let stopping = false
  const fork = () => workers.add(cluster.fork(env))
  cluster.once('listening', () => {
    serving = true
    for (let others = count - 1; others > 0; others -= 1) fork()
  })
  cluster.on('exit', async (worker, code, signal) => {
    workers.delete(worker)
    if (stopping) return
    if (!serving) process.exit(1)
    log.error(
      { pid_of_process: worker.process.pid, code, signal },
      'a web process ended; another takes its place',
    )
    await delay(RESTART_DELAY_MS)
    if (!stopping) fork()
  })
  answerMetricsQuestions()
  fork()
  return async () => {
    stopping = true
    const ended = [...workers].map((worker) => once(worker, 'exit'))
    // One that has just died cannot be told any more, which is no failure.
    for (const worker of workers) worker.send(STOP_MESSAGE, () => {})
    await Promise.all(ended)
  }
}
