import { UNKNOWN } from '../truth.ts'
import type { Operand } from './arithmetic.ts'
import type { MaskOperand } from './logic.ts'

/** The value of so many bars ago. */
export function offset(out: Float64Array, values: Float64Array, bars: number): void {
  const known = Math.max(0, out.length - bars)
  out.fill(Number.NaN, 0, bars)
  out.set(values.subarray(0, known), out.length - known)
}

export function offsetTruths(out: Uint8Array, truths: Uint8Array, bars: number): void {
  const known = Math.max(0, out.length - bars)
  out.fill(UNKNOWN, 0, bars)
  out.set(truths.subarray(0, known), out.length - known)
}

/** The value of the newest bar of a larger timeframe that each bar may know. */
export function held(out: Float64Array, { values, step }: Operand, visible: Int32Array): void {
  for (let i = 0; i < visible.length; i++) {
    const newest = visible[i] as number
    out[i] = newest < 0 ? Number.NaN : (values[newest & step] as number)
  }
}

export function heldTruths(out: Uint8Array, { bytes, step }: MaskOperand, visible: Int32Array): void {
  for (let i = 0; i < visible.length; i++) {
    const newest = visible[i] as number
    out[i] = newest < 0 ? UNKNOWN : (bytes[newest & step] as number)
  }
}
