import { powerOfTwo } from './float-bits.ts'

/** Where an argument lies on the circle: quarter turns from 0 (modulo 4), and the angle from there in two parts. */
export type Reduced = { quarter: number; angle: number; rest: number }

/** Up to here the product of a quarter turn's 33-bit parts with their number is exact. */
const MEDIUM = 1647099

const TWO_OVER_PI = 0.6366197723675814
/** A quarter turn in three parts of 33 bits, and what is left. */
const PART1 = 1.5707963267341256
const PART2 = 6.077100506303966e-11
const PART3 = 2.0222662487111665e-21
const PART4 = 8.4784276603689e-32

/** Takes the nearest multiple of a quarter turn out of a finite number (Cody and Waite; beyond that, exactly). */
export function quarterTurns(x: number): Reduced {
  if (Math.abs(x) > MEDIUM) return reduceExactly(x)
  const turns = Math.floor(x * TWO_OVER_PI + 0.5)
  const first = x - turns * PART1
  const second = difference(first, turns * PART2)
  const third = difference(second.value, turns * PART3)
  const error = second.error + third.error - turns * PART4
  const angle = third.value + error
  return { quarter: turns & 3, angle, rest: third.value - angle + error }
}

/** a - b, and exactly what was lost by rounding it (Knuth). */
function difference(a: number, b: number): { value: number; error: number } {
  const value = a - b
  const part = value - a
  return { value, error: a - (value - part) - (b + part) }
}

/** Bits after the point: enough for the largest double, the one nearest to a multiple, and two doubles more. */
const BITS = 1280n
/** Bits of the rest that are kept. */
const KEPT = 200n
let quarter: bigint | undefined

/** For any finite number of 2^20 or more, by whole numbers alone. Slow, and hardly ever needed. */
function reduceExactly(x: number): Reduced {
  quarter ??= quarterTurnInBits()
  const size = Math.abs(x)
  const whole = Math.floor(size)
  const scaled = (BigInt(whole) << BITS) + (BigInt((size - whole) * 4294967296) << (BITS - 32n))
  const turns = (scaled + quarter / 2n) / quarter
  const kept = (scaled - turns * quarter) >> (BITS - KEPT)
  const sign = Math.sign(x)
  const angle = Number(kept)
  const rest = Number(kept - BigInt(angle))
  const unit = sign * powerOfTwo(-Number(KEPT))
  return { quarter: (sign * Number(turns & 3n)) & 3, angle: angle * unit, rest: rest * unit }
}

/** Half of pi by Machin's formula, with guard bits that are dropped at the end. */
function quarterTurnInBits(): bigint {
  const guard = 64n
  const one = 1n << (BITS + guard)
  return (8n * arctanOfInverse(5n, one) - 2n * arctanOfInverse(239n, one)) >> guard
}

function arctanOfInverse(n: bigint, one: bigint): bigint {
  let power = one / n
  let sum = power
  for (let k = 3n; power !== 0n; k += 2n) {
    power /= -n * n
    sum += power / k
  }
  return sum
}
