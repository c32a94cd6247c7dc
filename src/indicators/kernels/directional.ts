import { trueRange } from './true-range.ts'

export type Direction = { plus: Float64Array; minus: Float64Array; range: Float64Array }

/**
 * Wilder's sums of directional movement and true range. As in TA-Lib: the sum of the first `length - 1` moves at bar
 * `length - 1`, then each bar the sum less its `length`-th part, and the new move.
 */
export function directionalSums(
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
  length: number,
): Direction {
  const sums = directionalMoves(high, low)
  const range = new Float64Array(close.length)
  trueRange(high, low, close, range)
  for (const moves of [sums.plus, sums.minus, range]) sumByWilder(moves, length)
  return { ...sums, range }
}

/** The part of each bar's range that lies above the one before, or below, whichever is more; from bar 1 on. */
export function directionalMoves(
  high: Float64Array,
  low: Float64Array,
): { plus: Float64Array; minus: Float64Array } {
  const plus = new Float64Array(high.length)
  const minus = new Float64Array(high.length)
  for (let bar = 1; bar < high.length; bar++) {
    const up = (high[bar] as number) - (high[bar - 1] as number)
    const down = (low[bar - 1] as number) - (low[bar] as number)
    plus[bar] = up > down ? Math.max(up, 0) : 0
    minus[bar] = down > up ? Math.max(down, 0) : 0
  }
  return { plus, minus }
}

/** In place, from bar `length - 1` on. */
export function sumByWilder(moves: Float64Array, length: number): void {
  const keep = 1 - 1 / length
  let sum = 0
  for (let bar = 1; bar < length; bar++) sum += moves[bar] as number
  moves[length - 1] = sum
  for (let bar = length; bar < moves.length; bar++) {
    sum = (moves[bar] as number) + keep * sum
    moves[bar] = sum
  }
}
