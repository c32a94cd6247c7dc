/** Arc tangents of 1/2, 1, 3/2 and Infinity, each in two parts. */
const HALF = [0.4636476090008061, 2.2698777452961687e-17] as const
const ONE = [0.7853981633974483, 3.061616997868383e-17] as const
const MIDDLE = [0.982793723247329, 1.3903311031230998e-17] as const
const ENDLESS = [1.5707963267948966, 6.123233995736766e-17] as const

/** Arc tangent in radians, as in fdlibm's `s_atan.c`: under 1 ulp. */
export function atan(x: number): number {
  const size = Math.abs(x)
  // As small as this it is its own arc tangent; NaN stays NaN, and 0 keeps its sign.
  if (!(size > 1e-9)) return x
  if (size < 0.4375) return x - x * series(x * x)
  return Math.sign(x) * atanOfLarge(size)
}

/** By the difference to the nearest arc tangent that is known. */
function atanOfLarge(x: number): number {
  if (x < 0.6875) return shifted((2 * x - 1) / (2 + x), HALF)
  if (x < 1.1875) return shifted((x - 1) / (x + 1), ONE)
  if (x < 2.4375) return shifted((x - 1.5) / (1 + 1.5 * x), MIDDLE)
  return shifted(-1 / x, ENDLESS)
}

function shifted(x: number, [high, low]: readonly [number, number]): number {
  return high - (x * series(x * x) - low - x)
}

/** 1 - atan(x) / x of the square of x. */
function series(z: number): number {
  const w = z * z
  const odd =
    0.09090887133436507 + w * (0.06661073137387531 + w * (0.049768779946159324 + w * 0.016285820115365782))
  const even = -0.0769187620504483 + w * (-0.058335701337905735 + w * -0.036531572744216916)
  return (
    z * (0.3333333333333293 + w * (0.14285714272503466 + w * odd)) +
    w * (-0.19999999999876483 + w * (-0.11111110405462356 + w * even))
  )
}
