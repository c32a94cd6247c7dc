/**
 * Sum of the products of two columns' distances from their means over the last `length` values, from bar `length - 1`
 * on: what correlation and regression are made of. Blocks as in `rollingMean`; 0 where one of them does not move.
 */
export function rollingProducts(x: Float64Array, y: Float64Array, length: number, out: Float64Array): void {
  const bars = x.length
  const [tailX, tailY, tailXY] = [room(length), room(length), room(length)]
  for (let start = 0; start < bars; start += length) {
    if (start > 0) sumBackward(x, y, start, length, tailX, tailY, tailXY)
    const originX = x[start] as number
    const originY = y[start] as number
    const end = Math.min(length, bars - start)
    let [headX, headY, headXY] = [0, 0, 0]
    for (let i = 0; i < end; i++) {
      const distanceX = (x[start + i] as number) - originX
      const distanceY = (y[start + i] as number) - originY
      headX += distanceX
      headY += distanceY
      headXY += distanceX * distanceY
      const sumX = headX + (tailX[i + 1] as number)
      const sumY = headY + (tailY[i + 1] as number)
      out[start + i] = headXY + (tailXY[i + 1] as number) - (sumX / length) * sumY
    }
  }
  out.fill(Number.NaN, 0, length - 1)
}

function room(length: number): Float64Array {
  return new Float64Array(length + 1)
}

/** Sums over the end of the block before `start`, of distances to the values at `start`. */
function sumBackward(
  x: Float64Array,
  y: Float64Array,
  start: number,
  length: number,
  tailX: Float64Array,
  tailY: Float64Array,
  tailXY: Float64Array,
): void {
  const originX = x[start] as number
  const originY = y[start] as number
  let [sumX, sumY, sumXY] = [0, 0, 0]
  for (let i = length - 1; i > 0; i--) {
    const distanceX = (x[start - length + i] as number) - originX
    const distanceY = (y[start - length + i] as number) - originY
    sumX += distanceX
    sumY += distanceY
    sumXY += distanceX * distanceY
    tailX[i] = sumX
    tailY[i] = sumY
    tailXY[i] = sumXY
  }
}
