import { quarterTurns } from './quarter-turns.ts'
import { cosNearZero, sinNearZero } from './sin.ts'

/** Cosine, as in fdlibm's `s_cos.c` and `k_cos.c`: under 1 ulp. */
export function cos(x: number): number {
  if (x - x !== 0) return Number.NaN
  const { quarter, angle, rest } = quarterTurns(x)
  const value = quarter % 2 === 0 ? cosNearZero(angle, rest) : sinNearZero(angle, rest)
  return quarter === 0 || quarter === 3 ? value : -value
}
