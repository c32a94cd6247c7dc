import { scaleByPowerOfTwo } from './float-bits.ts'

const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
const OVERFLOW = 709.782712893384
const UNDERFLOW = -745.1332191019411

/** e to the x, as in fdlibm's `e_exp.c`: under 1 ulp. */
export function exp(x: number): number {
  if (x > OVERFLOW) return Number.POSITIVE_INFINITY
  if (x < UNDERFLOW) return 0
  // A NaN goes through; an argument this small leaves nothing to reduce.
  if (!(Math.abs(x) > 3.725290298461914e-9)) return 1 + x
  const k = Math.abs(x) > 0.34657359027997264 ? Math.trunc(Math.LOG2E * x + 0.5 * Math.sign(x)) : 0
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const c = r - r * r * expRemainder(r * r)
  return scaleByPowerOfTwo(1 + ((r * c) / (2 - c) - low + high), k)
}

/** The polynomial that fdlibm's `e_exp.c` and `e_pow.c` share, of the square of the reduced argument. */
export function expRemainder(square: number): number {
  return (
    0.16666666666666602 +
    square *
      (-0.0027777777777015593 +
        square *
          (0.00006613756321437934 + square * (-0.0000016533902205465252 + square * 4.1381367970572385e-8)))
  )
}
