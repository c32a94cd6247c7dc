import { highWord, powerOfTwo } from './float-bits.ts'

const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
/** High word of the square root of one half: fractions are taken from there to the square root of two. */
const SQRT_HALF = 0x3fe6a09e
const ONE = 0x3ff00000

/** Natural logarithm, as in fdlibm's `e_log.c`: under 1 ulp. -Infinity at 0, NaN below. */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN
  if (x === Number.POSITIVE_INFINITY) return x
  if (x < 2.2250738585072014e-308) return lnOfNormal(x * 18014398509481984, -54)
  return lnOfNormal(x, 0)
}

/** ln of x times 2 to the `exponent`. */
function lnOfNormal(x: number, exponent: number): number {
  const shift = ((highWord(x) + (ONE - SQRT_HALF)) >> 20) - 1023
  const k = exponent + shift
  const f = x * powerOfTwo(-shift) - 1
  const halfSquare = 0.5 * f * f
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373))
  const odd =
    z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)))
  return s * (halfSquare + odd + even) + k * LN2_LOW - halfSquare + f + k * LN2_HIGH
}
