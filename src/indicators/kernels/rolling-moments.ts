/** Second, third and fourth mean power of the distance from the mean. */
export type Moments = { second: Float64Array; third: Float64Array; fourth: Float64Array }

/** Sums of the first four powers from each bar of a block to its last. */
type Tails = readonly [Float64Array, Float64Array, Float64Array, Float64Array]

/**
 * Central moments of the last `length` values, from bar `length - 1` on. Blocks as in `rollingMean`: powers are taken
 * of the distance to a value of the window, so that little is lost when the moments are moved to the mean; of equal
 * values all are 0.
 */
export function rollingMoments(source: Float64Array, length: number): Moments {
  const bars = source.length
  const room = () => new Float64Array(length + 1)
  const tails: Tails = [room(), room(), room(), room()]
  const column = () => new Float64Array(bars).fill(Number.NaN)
  const moments = { second: column(), third: column(), fourth: column() }
  for (let start = 0; start < bars; start += length) {
    if (start > 0) sumBackward(source, start, length, tails)
    sumForward(source, start, length, tails, moments)
  }
  for (const moment of Object.values(moments)) moment.fill(Number.NaN, 0, length - 1)
  return moments
}

function sumBackward(source: Float64Array, start: number, length: number, tails: Tails): void {
  const [first, second, third, fourth] = tails
  const origin = source[start] as number
  let [sum1, sum2, sum3, sum4] = [0, 0, 0, 0]
  for (let i = length - 1; i > 0; i--) {
    const distance = (source[start - length + i] as number) - origin
    const square = distance * distance
    sum1 += distance
    sum2 += square
    sum3 += square * distance
    sum4 += square * square
    first[i] = sum1
    second[i] = sum2
    third[i] = sum3
    fourth[i] = sum4
  }
}

function sumForward(source: Float64Array, start: number, length: number, tails: Tails, to: Moments): void {
  const [first, second, third, fourth] = tails
  const origin = source[start] as number
  let [sum1, sum2, sum3, sum4] = [0, 0, 0, 0]
  const end = Math.min(length, source.length - start)
  for (let i = 0; i < end; i++) {
    const distance = (source[start + i] as number) - origin
    const square = distance * distance
    sum1 += distance
    sum2 += square
    sum3 += square * distance
    sum4 += square * square
    const m1 = (sum1 + (first[i + 1] as number)) / length
    const m2 = (sum2 + (second[i + 1] as number)) / length
    const m3 = (sum3 + (third[i + 1] as number)) / length
    const m4 = (sum4 + (fourth[i + 1] as number)) / length
    to.second[start + i] = Math.max(m2 - m1 * m1, 0)
    to.third[start + i] = m3 - 3 * m1 * m2 + 2 * m1 * m1 * m1
    to.fourth[start + i] = m4 - 4 * m1 * m3 + 6 * m1 * m1 * m2 - 3 * m1 * m1 * m1 * m1
  }
}
