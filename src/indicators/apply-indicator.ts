import { ColumnMemory } from '../numerics/column-memory.ts'
import type { Column, Indicator } from './indicator.ts'

/** Where outputs come from, and what is known of inputs. */
export type Applying = {
  memory: ColumnMemory
  /** False of a column that is known to be finite from end to end. */
  hasGap: (column: Column) => boolean
}

/**
 * The outputs of an indicator over columns that may hold NaN, such as gaps and other indicators' warm-up. Each run of
 * bars at which every input is a finite number is computed by itself, as if the data began there; all else is NaN.
 */
export function applyIndicator(
  indicator: Indicator,
  inputs: readonly Float64Array[],
  parameters: readonly number[],
  { memory, hasGap }: Applying = { memory: new ColumnMemory(), hasGap: () => true },
): Float64Array[] {
  const length = Math.min(...inputs.map((column) => column.length))
  const outputs = indicator.outputs.map(() => memory.numbers(length))
  const warmUp = indicator.warmUp(parameters)
  let known = 0
  for (const [from, to] of knownRuns(inputs.filter(hasGap), length)) {
    if (to - from <= warmUp) continue
    // From the warm-up on each value is written.
    for (const output of outputs) output.fill(Number.NaN, known, from + warmUp)
    const part = (column: Float64Array) => column.subarray(from, to)
    indicator.compute(inputs.map(part), parameters, outputs.map(part))
    known = to
  }
  for (const output of outputs) output.fill(Number.NaN, known)
  return outputs
}

/** First bar and the one after the last of each run in which all columns are finite. */
function knownRuns(columns: readonly Float64Array[], length: number): [from: number, to: number][] {
  const gaps = gapsOf(columns, length)
  if (gaps === null) return length === 0 ? [] : [[0, length]]
  const runs: [number, number][] = []
  let from = gaps.indexOf(0)
  while (from >= 0) {
    const gap = gaps.indexOf(1, from)
    const to = gap < 0 ? length : gap
    runs.push([from, to])
    from = gaps.indexOf(0, to)
  }
  return runs
}

/** 1 at each bar where some column is not finite; null where there is none. */
function gapsOf(columns: readonly Float64Array[], length: number): Uint8Array | null {
  let gaps: Uint8Array | null = null
  for (const column of columns) {
    const first = nextGap(column, 0, length)
    if (first === length) continue
    gaps ??= new Uint8Array(length)
    for (let bar = first; bar < length; bar = nextGap(column, bar + 1, length)) gaps[bar] = 1
  }
  return gaps
}

/** First bar from `from` on whose value is not finite; `length` where there is none. */
export function nextGap(column: Float64Array, from: number, length: number): number {
  let bar = from
  for (; bar + 4 <= length; bar += 4) {
    const first = unknown(column[bar] as number) + unknown(column[bar + 1] as number)
    const second = unknown(column[bar + 2] as number) + unknown(column[bar + 3] as number)
    if (first + second !== 0) break
  }
  while (bar < length && unknown(column[bar] as number) === 0) bar++
  return bar
}

/** A number minus itself is 0, unless it is NaN or infinite. */
function unknown(value: number): number {
  return value - value
}
