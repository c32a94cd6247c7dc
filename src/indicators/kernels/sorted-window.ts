/** The values of a window in order, for medians and ranks. A new one costs a search and a move of memory. */
export type SortedWindow = {
  readonly values: Float64Array
  size: number
}

export function emptySortedWindow(length: number): SortedWindow {
  return { values: new Float64Array(length + 1), size: 0 }
}

/** How many values of the window are not above `value`. */
export function countUpTo({ values, size }: SortedWindow, value: number): number {
  let [low, high] = [0, size]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] as number) <= value) low = middle + 1
    else high = middle
  }
  return low
}

export function insertValue(window: SortedWindow, value: number): void {
  const at = countUpTo(window, value)
  window.values.copyWithin(at + 1, at, window.size)
  window.values[at] = value
  window.size++
}

/** Takes one out; it must be there. */
export function removeValue(window: SortedWindow, value: number): void {
  const after = countUpTo(window, value)
  window.values.copyWithin(after - 1, after, window.size)
  window.size--
}
