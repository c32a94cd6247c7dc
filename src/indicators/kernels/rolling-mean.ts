/**
 * Mean of the last `length` values at each bar from `length - 1` on.
 *
 * The bars are cut into blocks of `length`. A window is the end of one block and the beginning of the next, so one
 * running sum backward over the block before (`tail`) and one forward (`head`) make each mean by one addition: van
 * Herk's scheme for extrema. A value is never taken out of a sum again, so nothing drifts, however long the history.
 * What is summed is the distance to the first value of the block, which lies in all its windows: the mean of equal
 * values is exactly that value. The other rolling kernels work the same way.
 */
export function rollingMean(source: Float64Array, length: number, out: Float64Array): void {
  const bars = source.length
  const tail = new Float64Array(length + 1)
  for (let start = 0; start < bars; start += length) {
    const origin = source[start] as number
    if (start > 0) sumBackward(source, start - length, length, origin, tail)
    const end = Math.min(length, bars - start)
    let head = 0
    for (let i = 0; i < end; i++) {
      head += (source[start + i] as number) - origin
      out[start + i] = origin + (head + (tail[i + 1] as number)) / length
    }
  }
  out.fill(Number.NaN, 0, length - 1)
}

/** Sum of the last `length` values, for what is summed as it is, such as ranges and volumes: zeros make exactly 0. */
export function rollingSum(source: Float64Array, length: number, out: Float64Array): void {
  const bars = source.length
  const tail = new Float64Array(length + 1)
  for (let start = 0; start < bars; start += length) {
    if (start > 0) sumBackward(source, start - length, length, 0, tail)
    const end = Math.min(length, bars - start)
    let head = 0
    for (let i = 0; i < end; i++) {
      head += source[start + i] as number
      out[start + i] = head + (tail[i + 1] as number)
    }
  }
  out.fill(Number.NaN, 0, length - 1)
}

/** Sums of the distances to `origin` from each bar of a block to its last. */
function sumBackward(
  source: Float64Array,
  start: number,
  length: number,
  origin: number,
  tail: Float64Array,
): void {
  let sum = 0
  for (let i = length - 1; i > 0; i--) {
    sum += (source[start + i] as number) - origin
    tail[i] = sum
  }
}
