/**
 * For the last `length` values at each bar from `length - 1` on: their mean, and their sum weighted 1, 2, … `length`
 * (the newest) less what it would be if all were equal to the mean. Blocks as in `rollingMean`; the weights of the
 * older block come from sums of its sums. Equal values have exactly 0.
 */
export function rollingWeights(
  source: Float64Array,
  length: number,
  mean: Float64Array,
  weighted: Float64Array,
): void {
  const bars = source.length
  const tail = new Float64Array(length + 1)
  const tailWeighted = new Float64Array(length + 1)
  for (let start = 0; start < bars; start += length) {
    const origin = source[start] as number
    if (start > 0) sumBackward(source, start - length, length, origin, tail, tailWeighted)
    const end = Math.min(length, bars - start)
    let head = 0
    let headWeighted = 0
    for (let i = 0; i < end; i++) {
      const distance = (source[start + i] as number) - origin
      head += distance
      headWeighted += (i + 1) * distance
      const sum = head + (tail[i + 1] as number)
      const all = headWeighted + (length - 1 - i) * head + (tailWeighted[i + 1] as number)
      mean[start + i] = origin + sum / length
      weighted[start + i] = all - ((length + 1) / 2) * sum
    }
  }
  mean.fill(Number.NaN, 0, length - 1)
  weighted.fill(Number.NaN, 0, length - 1)
}

function sumBackward(
  source: Float64Array,
  start: number,
  length: number,
  origin: number,
  tail: Float64Array,
  tailWeighted: Float64Array,
): void {
  let sum = 0
  let weighted = 0
  for (let i = length - 1; i > 0; i--) {
    sum += (source[start + i] as number) - origin
    weighted += sum
    tail[i] = sum
    tailWeighted[i] = weighted
  }
}

/** Mean of the last `length` values weighted 1, 2, … `length` (the newest), from bar `length - 1` on. */
export function rollingWeightedMean(source: Float64Array, length: number, out: Float64Array): void {
  const weighted = new Float64Array(source.length)
  rollingWeights(source, length, out, weighted)
  const weights = (length * (length + 1)) / 2
  for (let bar = length - 1; bar < out.length; bar++) {
    out[bar] = (out[bar] as number) + (weighted[bar] as number) / weights
  }
}

/** Mean and slope for each bar of the straight line through the last `length` values, by least squares. */
export function rollingLine(
  source: Float64Array,
  length: number,
  mean: Float64Array,
  slope: Float64Array,
): void {
  rollingWeights(source, length, mean, slope)
  const spread = (length * (length * length - 1)) / 12
  for (let bar = length - 1; bar < slope.length; bar++) slope[bar] = (slope[bar] as number) / spread
}
