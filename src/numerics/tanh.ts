import { scaleByPowerOfTwo } from './float-bits.ts'

const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10

/** Hyperbolic tangent, as in fdlibm's `s_tanh.c`: under 2 ulp. */
export function tanh(x: number): number {
  const size = Math.abs(x)
  if (size > 22) return Math.sign(x)
  if (size >= 1) return Math.sign(x) * (1 - 2 / (expMinusOne(2 * size) + 2))
  // As small as this it is its own tangent; NaN stays NaN, and 0 keeps its sign.
  if (!(size > 2e-9)) return x
  const t = expMinusOne(-2 * size)
  return (Math.sign(x) * -t) / (t + 2)
}

/** e to the x, less 1, without losing the digits of a small x: fdlibm's `s_expm1.c` for -2 < x < 45. */
function expMinusOne(x: number): number {
  const k = Math.abs(x) > 0.34657359027997264 ? Math.trunc(Math.LOG2E * x + 0.5 * Math.sign(x)) : 0
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const rest = high - r - low
  const half = 0.5 * r
  const square = r * half
  const series = expMinusOneSeries(square)
  const t = 3 - series * half
  const e = square * ((series - t) / (6 - r * t))
  if (k === 0) return r - (r * e - square)
  return scaled(r, r * (e - rest) - rest - square, k)
}

/** 2^k·(1 + r - e) - 1, by the order of sums that loses least. */
function scaled(r: number, e: number, k: number): number {
  if (k === -1) return 0.5 * (r - e) - 0.5
  if (k < 0) return scaleByPowerOfTwo(1 - (e - r), k) - 1
  const back = scaleByPowerOfTwo(1, -k)
  if (k < 20) return scaleByPowerOfTwo(1 - back - (e - r), k)
  return scaleByPowerOfTwo(r - (e + back) + 1, k)
}

function expMinusOneSeries(z: number): number {
  return (
    1 +
    z *
      (-0.03333333333333313 +
        z *
          (0.0015873015872548146 +
            z * (-0.0000793650757867488 + z * (0.000004008217827329362 + z * -2.0109921818362437e-7))))
  )
}
