import { join } from 'node:path'
import { Piscina } from 'piscina'
import type { ExplainedBar } from './explain.ts'
import type { RunInput } from './run-input.ts'
import type { BarCurve, RunOutput } from './run-output.ts'
import type { ThreadTask, ThreadWork } from './run-thread.ts'

/** How long a thread has to see that it is to stop, before it is ended. */
const STOP_MS = 150

/** Simulates off the event loop; candles are in shared memory, so they are not copied. */
export type RunThreads = {
  run(input: RunInput, options: ThreadOptions): Promise<RunOutput>
  /** The equity of every bar. */
  curve(input: RunInput, options: ThreadOptions): Promise<BarCurve & { equityHash: string }>
  /** What the rules said at a bar. */
  explain(input: RunInput, at: number, options: ThreadOptions): Promise<ExplainedBar[]>
  close(): Promise<void>
}

export type ThreadOptions = {
  /** Ends the run: it throws then. */
  signal: AbortSignal
  /** Told the instants that are done, now and then. */
  onProgress?: (instants: number) => void
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

  async function perform(work: ThreadWork, input: RunInput, { signal, onProgress }: ThreadOptions) {
    signal.throwIfAborted()
    const signals = new Int32Array(new SharedArrayBuffer(8))
    const terminate = new AbortController()
    let deadline: NodeJS.Timeout | undefined
    const stop = () => {
      Atomics.store(signals, 0, 1)
      deadline = setTimeout(() => terminate.abort(), STOP_MS)
    }
    signal.addEventListener('abort', stop, { once: true })
    const progress = setInterval(() => onProgress?.(Atomics.load(signals, 1)), PROGRESS_MS)
    try {
      return await pool.run({ work, input, signals } satisfies ThreadTask, { signal: terminate.signal })
    } finally {
      clearInterval(progress)
      clearTimeout(deadline)
      signal.removeEventListener('abort', stop)
    }
  }

  return {
    run: (input, options) => perform({ kind: 'run' }, input, options),
    curve: (input, options) => perform({ kind: 'curve' }, input, options),
    explain: (input, at, options) => perform({ kind: 'explain', at }, input, options),
    close: () => pool.destroy(),
  }
}
