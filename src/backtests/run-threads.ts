import { join } from 'node:path'
import { Piscina } from 'piscina'
import { FLAG } from '../platform/limits/work-flags.ts'
import type { WorkBudget } from '../platform/limits/work-queue.ts'
import type { ExplainedBar } from './explain.ts'
import type { RunInput } from './run-input.ts'
import type { BarCurve, RunOutput } from './run-output.ts'
import type { ThreadTask, ThreadWork } from './run-thread.ts'

/** How long a thread has to notice that it has to stop before it is terminated. */
const STOP_MS = 150

/** Simulates off the event loop; candles are in shared memory, so they are not copied. */
export type RunThreads = {
  /** @param onProgress called now and then with the number of instants that are done */
  run(budget: WorkBudget, input: RunInput, onProgress?: (instants: number) => void): Promise<RunOutput>
  /** Compute the equity of every bar. */
  curve(budget: WorkBudget, input: RunInput): Promise<BarCurve & { equityHash: string }>
  /** Evaluate the rules at a bar. */
  explain(budget: WorkBudget, input: RunInput, at: number): Promise<ExplainedBar[]>
  close(): Promise<void>
}

const PROGRESS_MS = 250

/** @param ready whether a thread is to stand by from now on: it takes a while to start, and to become fast */
export function openRunThreads(threads: number, ready: boolean): RunThreads {
  const pool = new Piscina({
    filename: join(import.meta.dirname, 'run-thread.ts'),
    name: 'runThreadTask',
    minThreads: ready ? 1 : 0,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    idleTimeout: 60_000,
  })

  async function perform(
    { signal, flags }: WorkBudget,
    work: ThreadWork,
    input: RunInput,
    onProgress?: (instants: number) => void,
  ) {
    signal.throwIfAborted()
    const terminate = new AbortController()
    let deadline: NodeJS.Timeout | undefined
    // The flags tell the thread the same; where it does not look at them in time it is terminated.
    const stop = () => {
      deadline = setTimeout(() => terminate.abort(), STOP_MS)
    }
    signal.addEventListener('abort', stop, { once: true })
    const progress = setInterval(() => onProgress?.(Atomics.load(flags, FLAG.progress)), PROGRESS_MS)
    try {
      return await pool.run({ work, input, flags } satisfies ThreadTask, { signal: terminate.signal })
    } finally {
      clearInterval(progress)
      clearTimeout(deadline)
      signal.removeEventListener('abort', stop)
    }
  }

  return {
    run: (budget, input, onProgress) => perform(budget, { kind: 'run' }, input, onProgress),
    curve: (budget, input) => perform(budget, { kind: 'curve' }, input),
    explain: (budget, input, at) => perform(budget, { kind: 'explain', at }, input),
    close: () => pool.destroy(),
  }
}
