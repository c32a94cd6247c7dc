import { quarterTurns } from './quarter-turns.ts'

/** Sine, as in fdlibm's `s_sin.c` and `k_sin.c`: under 1 ulp. */
export function sin(x: number): number {
  // Keeps the sign of 0; NaN and the infinities give NaN.
  if (x === 0 || x - x !== 0) return x * (x - x + 1)
  const { quarter, angle, rest } = quarterTurns(x)
  const value = quarter % 2 === 0 ? sinNearZero(angle, rest) : cosNearZero(angle, rest)
  return quarter < 2 ? value : -value
}

/** Of an angle up to an eighth of a turn, given in two parts. */
export function sinNearZero(x: number, rest: number): number {
  const z = x * x
  const w = z * z
  const r =
    0.00833333333332249 +
    z * (-0.0001984126982985795 + z * 0.0000027557313707070068) +
    z * w * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)
  const v = z * x
  return x - (z * (0.5 * rest - v * r) - rest - v * -0.16666666666666632)
}

/** Of an angle up to an eighth of a turn, given in two parts. */
export function cosNearZero(x: number, rest: number): number {
  const z = x * x
  const w = z * z
  const r =
    z * (0.0416666666666666 + z * (-0.001388888888887411 + z * 0.00002480158728947673)) +
    w * w * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11))
  const half = 0.5 * z
  const near = 1 - half
  return near + (1 - near - half + (z * r - x * rest))
}
