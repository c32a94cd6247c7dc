import { expRemainder } from './exp.ts'
import { highWord, powerOfTwo, scaleByPowerOfTwo, withoutLowWord } from './float-bits.ts'

const SMALLEST_NORMAL = 2.2250738585072014e-308
const TWO_53 = 9007199254740992

/** x to the y, as in fdlibm's `e_pow.c`: under 1 ulp. The special cases are those of ECMAScript's `**`. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1
  const sign = signOfPower(x, y)
  const base = Math.abs(x)
  if (base === 1) return sign * y - sign * y === 0 ? sign : Number.NaN
  const isOrdinary = base > 0 && base < Number.POSITIVE_INFINITY && Math.abs(y) < 1e300
  return sign * (isOrdinary ? powerOfPositive(base, y) : extremePower(base, y))
}

/** -1 for an odd power of a negative number, NaN for a broken one of such a number. */
function signOfPower(x: number, y: number): number {
  if (x > 0 || Object.is(x, 0)) return 1
  if (Math.trunc(y) === y) return Math.abs(y % 2) === 1 ? -1 : 1
  return x === 0 || x === Number.NEGATIVE_INFINITY ? 1 : Number.NaN
}

/** Where base or exponent is at an end, and the base is not 1: 0 or Infinity, or NaN for a NaN. */
function extremePower(base: number, y: number): number {
  if (Number.isNaN(base) || Number.isNaN(y)) return Number.NaN
  return base > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0
}

function powerOfPositive(base: number, y: number): number {
  const log = log2(base)
  const yHigh = withoutLowWord(y)
  const low = (y - yHigh) * log.high + y * log.low
  const high = yHigh * log.high
  if (low + high >= 1025) return Number.POSITIVE_INFINITY
  if (low + high <= -1076) return 0
  return powerOfTwoParts(high, low)
}

/** Logarithm to base 2 as the sum of a number of 21 bits and a rest. */
function log2(base: number): { high: number; low: number } {
  const isSubnormal = base < SMALLEST_NORMAL
  const normal = isSubnormal ? base * TWO_53 : base
  const word = highWord(normal)
  const fraction = word & 0xfffff
  // Taken against 1 or 1.5, whichever is near; from the square root of 3 on against the next power's 1.
  const isNearTwo = fraction >= 0xbb67a
  const isNearMiddle = fraction > 0x3988e && !isNearTwo
  const shift = (word >> 20) - 1023 + (isNearTwo ? 1 : 0)
  const exponent = shift - (isSubnormal ? 53 : 0)
  const reduced = normal * powerOfTwo(-shift)
  return isNearMiddle
    ? logNear(reduced, exponent, 1.5, 0.5849624872207642, 1.350039202129749e-8)
    : logNear(reduced, exponent, 1, 0, 0)
}

/** `exponent` + log2 of `x` near `point`, whose own logarithm is `pointHigh + pointLow`. */
function logNear(x: number, exponent: number, point: number, pointHigh: number, pointLow: number) {
  const u = x - point
  const v = 1 / (x + point)
  const s = u * v
  const sHigh = withoutLowWord(s)
  const sumHigh = withoutLowWord(x + point)
  const sumLow = x - (sumHigh - point)
  const sLow = v * (u - sHigh * sumHigh - sHigh * sumLow)
  const square = s * s
  const r = square * square * atanhSeries(square) + sLow * (sHigh + s)
  const highSquare = sHigh * sHigh
  const tHigh = withoutLowWord(3 + highSquare + r)
  const tLow = r - (tHigh - 3 - highSquare)
  const productLow = sLow * tHigh + tLow * s
  const pHigh = withoutLowWord(sHigh * tHigh + productLow)
  const pLow = productLow - (pHigh - sHigh * tHigh)
  const zHigh = 0.9617967009544373 * pHigh
  const zLow = -7.028461650952758e-9 * pHigh + pLow * 0.9617966939259756 + pointLow
  const high = withoutLowWord(zHigh + zLow + pointHigh + exponent)
  return { high, low: zLow - (high - exponent - pointHigh - zHigh) }
}

function atanhSeries(z: number): number {
  return (
    0.5999999999999946 +
    z *
      (0.4285714285785502 +
        z *
          (0.33333332981837743 +
            z * (0.272728123808534 + z * (0.23066074577556175 + z * 0.20697501780033842))))
  )
}

/** 2 to the power of the sum of both parts. */
function powerOfTwoParts(high: number, low: number): number {
  const exponent = Math.floor(high + low + 0.5)
  const rest = high - exponent
  const t = withoutLowWord(low + rest)
  const u = t * 0.6931471824645996
  const v = (low - (t - rest)) * Math.LN2 + t * -1.904654299957768e-9
  const z = u + v
  const w = v - (z - u)
  const reduced = z - z * z * expRemainder(z * z)
  const remainder = (z * reduced) / (reduced - 2) - (w + z * w)
  return scaleByPowerOfTwo(1 - (remainder - z), exponent)
}
