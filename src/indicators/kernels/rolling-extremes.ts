/**
 * Highest of the last `length` values at each bar from `length - 1` on. Van Herk's scheme: the window is the end of
 * one block of `length` bars, whose maxima were taken backward, and the beginning of the next. Three comparisons a
 * bar, whatever the length.
 */
export function rollingMaximum(source: Float64Array, length: number, out: Float64Array): void {
  const bars = source.length
  const tail = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY)
  for (let start = 0; start < bars; start += length) {
    let best = Number.NEGATIVE_INFINITY
    for (let i = length - 1; i > 0 && start > 0; i--) {
      best = Math.max(best, source[start - length + i] as number)
      tail[i] = best
    }
    const end = Math.min(length, bars - start)
    let head = Number.NEGATIVE_INFINITY
    for (let i = 0; i < end; i++) {
      head = Math.max(head, source[start + i] as number)
      out[start + i] = Math.max(head, tail[i + 1] as number)
    }
  }
  out.fill(Number.NaN, 0, length - 1)
}

/** Lowest of the last `length` values at each bar from `length - 1` on. */
export function rollingMinimum(source: Float64Array, length: number, out: Float64Array): void {
  const bars = source.length
  const tail = new Float64Array(length + 1).fill(Number.POSITIVE_INFINITY)
  for (let start = 0; start < bars; start += length) {
    let best = Number.POSITIVE_INFINITY
    for (let i = length - 1; i > 0 && start > 0; i--) {
      best = Math.min(best, source[start - length + i] as number)
      tail[i] = best
    }
    const end = Math.min(length, bars - start)
    let head = Number.POSITIVE_INFINITY
    for (let i = 0; i < end; i++) {
      head = Math.min(head, source[start + i] as number)
      out[start + i] = Math.min(head, tail[i + 1] as number)
    }
  }
  out.fill(Number.NaN, 0, length - 1)
}

/** Bars since the highest of the last `length` values, from bar `length - 1` on; of equal ones the latest counts. */
export function rollingMaximumAge(source: Float64Array, length: number, out: Float64Array): void {
  const bars = source.length
  const tail = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY)
  const tailBar = new Float64Array(length + 1)
  for (let start = 0; start < bars; start += length) {
    if (start > 0) maximaBackward(source, start - length, length, tail, tailBar)
    const end = Math.min(length, bars - start)
    let head = Number.NEGATIVE_INFINITY
    let headBar = start
    for (let i = 0; i < end; i++) {
      const value = source[start + i] as number
      headBar = value >= head ? start + i : headBar
      head = Math.max(head, value)
      out[start + i] = start + i - (head >= (tail[i + 1] as number) ? headBar : (tailBar[i + 1] as number))
    }
  }
  out.fill(Number.NaN, 0, length - 1)
}

function maximaBackward(
  source: Float64Array,
  start: number,
  length: number,
  tail: Float64Array,
  tailBar: Float64Array,
): void {
  let best = Number.NEGATIVE_INFINITY
  let bestBar = start
  for (let i = length - 1; i > 0; i--) {
    const value = source[start + i] as number
    bestBar = value > best ? start + i : bestBar
    best = Math.max(best, value)
    tail[i] = best
    tailBar[i] = bestBar
  }
}

/** Half the sum of the highest of one column and the lowest of another, from bar `length - 1` on. */
export function middleOfRange(
  high: Float64Array,
  low: Float64Array,
  length: number,
  out: Float64Array,
): void {
  const lowest = new Float64Array(low.length)
  rollingMaximum(high, length, out)
  rollingMinimum(low, length, lowest)
  for (let bar = length - 1; bar < out.length; bar++) {
    out[bar] = ((out[bar] as number) + (lowest[bar] as number)) / 2
  }
}
