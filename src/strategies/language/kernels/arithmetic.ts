import { ln } from '../../../numerics/ln.ts'

/**
 * Loops over columns, one operation each, so that each stays fast by itself. A constant is a column of one value that
 * is read with step 0; every other column has step -1: `i & step` is the place to read. Results that are infinite
 * become NaN: adding 0 times themselves leaves all others as they are.
 */
export type Operand = { readonly values: Float64Array; readonly step: number }

export function add(
  out: Float64Array,
  { values: x, step: m }: Operand,
  { values: y, step: n }: Operand,
): void {
  for (let i = 0; i < out.length; i++) {
    const r = (x[i & m] as number) + (y[i & n] as number)
    out[i] = r + r * 0
  }
}

export function subtract(
  out: Float64Array,
  { values: x, step: m }: Operand,
  { values: y, step: n }: Operand,
): void {
  for (let i = 0; i < out.length; i++) {
    const r = (x[i & m] as number) - (y[i & n] as number)
    out[i] = r + r * 0
  }
}

export function multiply(
  out: Float64Array,
  { values: x, step: m }: Operand,
  { values: y, step: n }: Operand,
): void {
  for (let i = 0; i < out.length; i++) {
    const r = (x[i & m] as number) * (y[i & n] as number)
    out[i] = r + r * 0
  }
}

export function divide(
  out: Float64Array,
  { values: x, step: m }: Operand,
  { values: y, step: n }: Operand,
): void {
  for (let i = 0; i < out.length; i++) {
    const r = (x[i & m] as number) / (y[i & n] as number)
    out[i] = r + r * 0
  }
}

export function minimum(
  out: Float64Array,
  { values: x, step: m }: Operand,
  { values: y, step: n }: Operand,
): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.min(x[i & m] as number, y[i & n] as number)
}

export function maximum(
  out: Float64Array,
  { values: x, step: m }: Operand,
  { values: y, step: n }: Operand,
): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.max(x[i & m] as number, y[i & n] as number)
}

export function negate(out: Float64Array, { values: x, step: m }: Operand): void {
  for (let i = 0; i < out.length; i++) out[i] = -(x[i & m] as number)
}

export function absolute(out: Float64Array, { values: x, step: m }: Operand): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.abs(x[i & m] as number)
}

export function squareRoot(out: Float64Array, { values: x, step: m }: Operand): void {
  for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(x[i & m] as number)
}

export function logarithm(out: Float64Array, { values: x, step: m }: Operand): void {
  for (let i = 0; i < out.length; i++) {
    const r = ln(x[i & m] as number)
    out[i] = r + r * 0
  }
}

/** `a` where a condition is true, `b` where it is false, no number where it is unknown. */
export function choose(
  out: Float64Array,
  { bytes, step }: { readonly bytes: Uint8Array; readonly step: number },
  { values: x, step: m }: Operand,
  { values: y, step: n }: Operand,
): void {
  for (let i = 0; i < out.length; i++) {
    const condition = bytes[i & step]
    if (condition === 3) out[i] = x[i & m] as number
    else out[i] = condition === 0 ? (y[i & n] as number) : Number.NaN
  }
}
