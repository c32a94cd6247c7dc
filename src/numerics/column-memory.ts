/** Below it the allocator has memory at hand; above, the system hands it out page by page, which costs more than a sum. */
const SMALLEST = 32_768
const MOST_KEPT_BYTES = 64 * 1024 * 1024

/**
 * Where large columns come from. What one run needed serves the next: a million doubles that are new to the process
 * take 3 ms to touch, as long as an exponential average over them.
 */
export class ColumnMemory {
  private readonly free = new Map<number, Float64Array[]>()
  private handedOut: Float64Array[] = []

  /** A column whose values are to be written: it may hold those of an earlier one. */
  numbers(length: number): Float64Array {
    if (length < SMALLEST) return new Float64Array(length)
    const column = this.free.get(length)?.pop() ?? new Float64Array(length)
    this.handedOut.push(column)
    return column
  }

  /** Takes back all that was handed out: nobody may read it any more. */
  reuse(): void {
    this.free.clear()
    let bytes = 0
    for (const column of this.handedOut) {
      bytes += column.byteLength
      if (bytes > MOST_KEPT_BYTES) break
      const { length } = column
      this.free.set(length, [...(this.free.get(length) ?? []), column])
    }
    this.handedOut = []
  }
}
