/** Mean distance of the last `length` values from their mean, which is given; from bar `length - 1` on. */
export function meanDistances(
  source: Float64Array,
  means: Float64Array,
  length: number,
  out: Float64Array,
): void {
  for (let bar = length - 1; bar < source.length; bar++) {
    const mean = means[bar] as number
    let sum = 0
    for (let at = bar - length + 1; at <= bar; at++) sum += Math.abs((source[at] as number) - mean)
    out[bar] = sum / length
  }
}
