import type { Operand } from './arithmetic.ts'

/**
 * The upper bit of a truth says that a comparison holds, the lower one that its opposite does not (`truth.ts`): with a
 * number that is none neither holds, which is unknown. Without a branch, since what the market does next is what a
 * processor guesses worst.
 */

export function less(
  out: Uint8Array,
  { values: x, step: m }: Operand,
  { values: y, step: n }: Operand,
  length: number,
) {
  for (let i = 0; i < length; i++) {
    const a = x[i & m] as number
    const b = y[i & n] as number
    out[i] = (Number(a < b) << 1) | (1 ^ Number(a >= b))
  }
}

export function lessOrEqual(
  out: Uint8Array,
  { values: x, step: m }: Operand,
  { values: y, step: n }: Operand,
  length: number,
) {
  for (let i = 0; i < length; i++) {
    const a = x[i & m] as number
    const b = y[i & n] as number
    out[i] = (Number(a <= b) << 1) | (1 ^ Number(a > b))
  }
}

export function equal(
  out: Uint8Array,
  { values: x, step: m }: Operand,
  { values: y, step: n }: Operand,
  length: number,
) {
  for (let i = 0; i < length; i++) {
    const a = x[i & m] as number
    const b = y[i & n] as number
    out[i] = (Number(a === b) << 1) | (1 ^ (Number(a < b) | Number(a > b)))
  }
}

export function notEqual(
  out: Uint8Array,
  { values: x, step: m }: Operand,
  { values: y, step: n }: Operand,
  length: number,
) {
  for (let i = 0; i < length; i++) {
    const a = x[i & m] as number
    const b = y[i & n] as number
    out[i] = ((Number(a < b) | Number(a > b)) << 1) | (1 ^ Number(a === b))
  }
}

/** a was at or below b one bar ago, and is above it now. */
export function crossesAbove(
  out: Uint8Array,
  { values: x, step: m }: Operand,
  { values: y, step: n }: Operand,
  length: number,
) {
  let before = 1
  for (let i = 0; i < length; i++) {
    const a = x[i & m] as number
    const b = y[i & n] as number
    const above = Number(a > b)
    const notAbove = Number(a <= b)
    out[i] = before & ((above << 1) | (1 ^ notAbove))
    before = (notAbove << 1) | (1 ^ above)
  }
}
