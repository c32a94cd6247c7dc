import { setPriority } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { move, transferableSymbol, valueSymbol } from 'piscina'
import type { RunControl } from '../engine/control.ts'
import { ColumnMemory } from '../numerics/column-memory.ts'
import { memoryOf } from '../numerics/memory-views.ts'
import { FLAG, mayGoOn } from '../platform/limits/work-flags.ts'
import { computeCurve, computeRun } from './compute-run.ts'
import { BYTES_PER_FILL } from './estimate-run.ts'
import { explainAt } from './explain.ts'
import type { RunInput } from './run-input.ts'
import type { RunOutput } from './run-output.ts'

export type ThreadWork = { kind: 'run' } | { kind: 'curve' } | { kind: 'explain'; at: number }

/** A task for a thread, with the flags of its budget. */
export type ThreadTask = { work: ThreadWork; input: RunInput; flags: Int32Array }

/** Requests are answered first: on Linux a priority is that of the thread that sets it, elsewhere of the process. */
const PRIORITY = 10
if (process.platform === 'linux') setPriority(PRIORITY)

const MEGABYTE = 1024 * 1024

/** Columns that are given up stay in memory until they are collected, which V8 does late on a busy machine. */
setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')
const GARBAGE_BYTES = 64 * MEGABYTE
const LOOK_MS = 20

/** Collect garbage when a thread has filled so much memory since it was collected last. */
function garbageCollector(): () => void {
  let [kept, looked] = [process.memoryUsage().arrayBuffers, performance.now()]
  return () => {
    const now = performance.now()
    if (now - looked < LOOK_MS) return
    looked = now
    if (process.memoryUsage().arrayBuffers < kept + GARBAGE_BYTES) return
    collectGarbage()
    kept = process.memoryUsage().arrayBuffers
  }
}

/** Each thread has its own, for one run after another; what a task returns is copied or moved to its caller. */
const memory = new ColumnMemory()

/** Report progress and memory through the flags, and obey them. */
function controlOf(flags: Int32Array): RunControl {
  // A run can consist of several simulations; the results of all of them are in memory.
  let [earlier, current, progress] = [0, 0, 0]
  const collect = garbageCollector()
  return {
    goOn(instants, fills) {
      collect()
      if (fills < current) earlier += current
      current = fills
      progress = Math.max(progress, instants)
      Atomics.store(flags, FLAG.progress, progress)
      Atomics.store(flags, FLAG.grown, ((earlier + current) * BYTES_PER_FILL) / MEGABYTE)
      return mayGoOn(flags)
    },
  }
}

/** The tables of a result can be large; moving them takes no time in either thread. */
function moved(output: RunOutput) {
  const { daily, trades, orders } = output
  const columns = [...Object.values(daily), ...trades, ...orders]
  return move({
    [transferableSymbol]: [...new Set(memoryOf(columns))],
    [valueSymbol]: output,
  } as never)
}

/** Perform one task. A stopped one throws. */
export function runThreadTask({ work, input, flags }: ThreadTask) {
  memory.reuse()
  const control = controlOf(flags)
  if (work.kind === 'explain') return explainAt(input, work.at, control)
  return work.kind === 'run'
    ? moved(computeRun(input, control, memory))
    : computeCurve(input, control, memory)
}
