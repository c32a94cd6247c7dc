import type { Indicator } from './indicator.ts'

/**
 * The outputs of an indicator over columns that may hold NaN, such as gaps and other indicators' warm-up. Each run of
 * bars at which every input is a finite number is computed by itself, as if the data began there; all else is NaN.
 */
export function applyIndicator(
  indicator: Indicator,
  inputs: readonly Float64Array[],
  parameters: readonly number[],
): Float64Array[] {
  const length = Math.min(...inputs.map((column) => column.length))
  const outputs = indicator.outputs.map(() => new Float64Array(length).fill(Number.NaN))
  const warmUp = indicator.warmUp(parameters)
  for (const [from, to] of knownRuns(inputs, length)) {
    if (to - from <= warmUp) continue
    const part = (column: Float64Array) => column.subarray(from, to)
    indicator.compute(inputs.map(part), parameters, outputs.map(part))
  }
  return outputs
}

/** First bar and the one after the last of each run in which all columns are finite. */
export function knownRuns(columns: readonly Float64Array[], length: number): [from: number, to: number][] {
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

function nextGap(column: Float64Array, from: number, length: number): number {
  let bar = from
  // A number minus itself is 0, unless it is NaN or infinite.
  while (bar < length && (column[bar] as number) - (column[bar] as number) === 0) bar++
  return bar
}
