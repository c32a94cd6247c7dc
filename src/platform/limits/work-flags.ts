/** Positions in `WorkBudget.flags`, the memory that a task shares with the thread that computes it. */
export const FLAG = {
  /** What the thread has to do: one of `COMMAND`. */
  command: 0,
  /** Written by the thread: steps that are done. */
  progress: 1,
  /** Written by the thread: megabytes that its results take beyond what was reserved for them. */
  grown: 2,
} as const

export const COMMAND = { go: 0, stop: 1, pause: 2 } as const

/**
 * Check, in the thread that computes, whether to go on. Blocks while the task is paused.
 * @returns false when the task has to stop
 */
export function mayGoOn(flags: Int32Array): boolean {
  for (;;) {
    const command = Atomics.load(flags, FLAG.command)
    if (command !== COMMAND.pause) return command === COMMAND.go
    Atomics.wait(flags, FLAG.command, COMMAND.pause)
  }
}
