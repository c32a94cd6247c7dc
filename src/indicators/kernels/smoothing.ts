/**
 * Exponential average: the mean of the first `length` values at bar `length - 1`, then `alpha` of each new value and
 * the rest of what was. Two products and one sum, of which one product does not wait for the bar before.
 */
export function exponentialAverage(
  source: Float64Array,
  length: number,
  alpha: number,
  out: Float64Array,
): void {
  const keep = 1 - alpha
  let value = firstMean(source, length)
  out[length - 1] = value
  for (let bar = length; bar < source.length; bar++) {
    value = alpha * (source[bar] as number) + keep * value
    out[bar] = value
  }
}

/** Mean of the first `length` values; of equal ones exactly their value. */
export function firstMean(source: Float64Array, length: number): number {
  const origin = source[0] as number
  let sum = 0
  for (let bar = 0; bar < length; bar++) sum += (source[bar] as number) - origin
  return origin + sum / length
}

/** The usual `alpha` of an exponential average of `length` bars. */
export function alphaOf(length: number): number {
  return 2 / (length + 1)
}

/**
 * An exponential average, that average's average, and so on: stage k holds values from bar `(k + 1)·(length − 1)` on.
 */
export function exponentialChain(source: Float64Array, length: number, stages: number): Float64Array[] {
  const chain: Float64Array[] = []
  let before = source
  for (let stage = 0; stage < stages; stage++) {
    const start = stage * (length - 1)
    const out = new Float64Array(source.length)
    exponentialAverage(before.subarray(start), length, alphaOf(length), out.subarray(start))
    chain.push(out)
    before = out
  }
  return chain
}

/** The exponential average of a line that begins at `from`; what the line has before the average begins is dropped. */
export function addSignal(line: Float64Array, from: number, length: number, signal: Float64Array): void {
  exponentialAverage(line.subarray(from), length, alphaOf(length), signal.subarray(from))
  line.fill(Number.NaN, 0, from + length - 1)
}

/** The exponential average over `second` bars of that over `first`, from bar `first + second - 2` on. */
export function smoothTwice(source: Float64Array, first: number, second: number): Float64Array {
  const once = new Float64Array(source.length)
  const twice = new Float64Array(source.length)
  exponentialAverage(source, first, alphaOf(first), once)
  exponentialAverage(once.subarray(first - 1), second, alphaOf(second), twice.subarray(first - 1))
  return twice
}
