/**
 * Mean, and sum of the squared distances from it, of the last `length` values. Works as `rollingMean` does. The
 * origin of the sums is one of the window's own values, so that at most a factor of `length` is lost to cancellation,
 * wherever the values lie; equal values have exactly 0.
 */
export function rollingSquares(
  source: Float64Array,
  length: number,
  mean: Float64Array,
  squares: Float64Array,
): void {
  const bars = source.length
  const tail = new Float64Array(length + 1)
  const tailSquares = new Float64Array(length + 1)
  for (let start = 0; start < bars; start += length) {
    const origin = source[start] as number
    if (start > 0) sumBackward(source, start - length, length, origin, tail, tailSquares)
    const end = Math.min(length, bars - start)
    let head = 0
    let headSquares = 0
    for (let i = 0; i < end; i++) {
      const distance = (source[start + i] as number) - origin
      head += distance
      headSquares += distance * distance
      const sum = head + (tail[i + 1] as number)
      mean[start + i] = origin + sum / length
      squares[start + i] = Math.max(headSquares + (tailSquares[i + 1] as number) - (sum / length) * sum, 0)
    }
  }
  mean.fill(Number.NaN, 0, length - 1)
  squares.fill(Number.NaN, 0, length - 1)
}

function sumBackward(
  source: Float64Array,
  start: number,
  length: number,
  origin: number,
  tail: Float64Array,
  tailSquares: Float64Array,
): void {
  let sum = 0
  let squares = 0
  for (let i = length - 1; i > 0; i--) {
    const distance = (source[start + i] as number) - origin
    sum += distance
    squares += distance * distance
    tail[i] = sum
    tailSquares[i] = squares
  }
}
