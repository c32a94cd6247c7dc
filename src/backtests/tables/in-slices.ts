import { setImmediate } from 'node:timers/promises'

/** Rows that are handled before the event loop runs: a fraction of a millisecond. */
const SLICE = 16_384

/** Do work on rows `from` to before `to`, slice by slice. The event loop runs between the slices. */
export async function inSlices(rows: number, work: (from: number, to: number) => void): Promise<void> {
  for (let from = 0; from < rows; from += SLICE) {
    work(from, Math.min(rows, from + SLICE))
    await setImmediate()
  }
}
