import type { RunControl } from '../engine/control.ts'
import { ColumnMemory } from '../numerics/column-memory.ts'
import { computeCurve, computeRun } from './compute-run.ts'
import { explainAt } from './explain.ts'
import type { RunInput } from './run-input.ts'

export type ThreadWork = { kind: 'run' } | { kind: 'curve' } | { kind: 'explain'; at: number }

/** What a thread is asked for. `signals`: whether to stop (0 or 1), and the instants that are done. */
export type ThreadTask = { work: ThreadWork; input: RunInput; signals: Int32Array }

/** Each thread has its own, for one run after another; what a task returns is copied to whom it goes. */
const memory = new ColumnMemory()

/** Runs in a thread of its own; a result of a stopped run is an error. */
export function runThreadTask({ work, input, signals }: ThreadTask) {
  memory.reuse()
  const control: RunControl = {
    goOn(instants) {
      Atomics.store(signals, 1, instants)
      return Atomics.load(signals, 0) === 0
    },
  }
  if (work.kind === 'explain') return explainAt(input, work.at)
  return work.kind === 'run' ? computeRun(input, control, memory) : computeCurve(input, control, memory)
}
