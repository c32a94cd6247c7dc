import { setImmediate } from 'node:timers/promises'

/** Times that are written before the event loop runs. */
const SLICE = 16_384

/** Merge two columns of rising times into one, equal times once. The event loop runs now and then. */
export async function mergeTimes(a: Float64Array, b: Float64Array): Promise<Float64Array> {
  const merged = new Float64Array(a.length + b.length)
  let [inA, inB, count] = [0, 0, 0]
  while (inA < a.length || inB < b.length) {
    const [first, second] = [a[inA] ?? Number.POSITIVE_INFINITY, b[inB] ?? Number.POSITIVE_INFINITY]
    const time = Math.min(first, second)
    if (first === time) inA++
    if (second === time) inB++
    merged[count++] = time
    if (count % SLICE === 0) await setImmediate()
  }
  return merged.subarray(0, count)
}
