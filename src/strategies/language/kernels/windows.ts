/**
 * Largest and smallest of the last `bars` values in a fixed number of steps a bar (van Herk, Gil and Werman): the
 * data is cut into blocks of `bars`, so that every window is the end of one block, whose largest values from each place
 * on are in `tail`, and the beginning of the next. A value that is no number makes its windows none.
 */
export function highest(out: Float64Array, values: Float64Array, bars: number): void {
  const tail = new Float64Array(bars + 1).fill(Number.NaN)
  tail[bars] = Number.NEGATIVE_INFINITY
  for (let start = 0; start < values.length; start += bars) {
    const end = Math.min(start + bars, values.length)
    let head = Number.NEGATIVE_INFINITY
    for (let i = start; i < end; i++) {
      head = Math.max(head, values[i] as number)
      out[i] = Math.max(tail[i - start + 1] as number, head)
    }
    for (let i = end - 1; i >= start; i--) {
      tail[i - start] = Math.max(tail[i - start + 1] as number, values[i] as number)
    }
  }
}

export function lowest(out: Float64Array, values: Float64Array, bars: number): void {
  const tail = new Float64Array(bars + 1).fill(Number.NaN)
  tail[bars] = Number.POSITIVE_INFINITY
  for (let start = 0; start < values.length; start += bars) {
    const end = Math.min(start + bars, values.length)
    let head = Number.POSITIVE_INFINITY
    for (let i = start; i < end; i++) {
      head = Math.min(head, values[i] as number)
      out[i] = Math.min(tail[i - start + 1] as number, head)
    }
    for (let i = end - 1; i >= start; i--) {
      tail[i - start] = Math.min(tail[i - start + 1] as number, values[i] as number)
    }
  }
}

/** At how many of the last `bars` bars a condition is true; no number where it is unknown at one of them. */
export function count(out: Float64Array, truths: Uint8Array, bars: number): void {
  let known = 0
  let unknown = 0
  for (let i = 0; i < out.length; i++) {
    const now = truths[i] as number
    known += now >>> 1
    unknown += now === 1 ? 1 : 0
    if (i >= bars) {
      const gone = truths[i - bars] as number
      known -= gone >>> 1
      unknown -= gone === 1 ? 1 : 0
    }
    out[i] = i < bars - 1 || unknown > 0 ? Number.NaN : known
  }
}

/** Bars since a condition was true, at most `within`; no number where it cannot be told since it was unknown later. */
export function barsSince(out: Float64Array, truths: Uint8Array, within: number): void {
  const none = -within - 1
  let last = none
  for (let i = 0; i < out.length; i++) {
    last = lastTrue(last, truths[i] as number, i, none)
    out[i] = i - last <= within ? i - last : Number.NaN
  }
}

/** What `values` were when a condition was last true, at most `within` bars ago. */
export function valueWhen(out: Float64Array, truths: Uint8Array, values: Float64Array, within: number): void {
  const none = -within - 1
  let last = none
  for (let i = 0; i < out.length; i++) {
    last = lastTrue(last, truths[i] as number, i, none)
    out[i] = i - last <= within ? (values[last] as number) : Number.NaN
  }
}

/** `none` is so far back that it is beyond what counts. */
function lastTrue(before: number, truth: number, bar: number, none: number): number {
  if (truth === 0) return before
  return truth === 3 ? bar : none
}
