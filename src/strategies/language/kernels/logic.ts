import type { ColumnMemory } from '../../../numerics/column-memory.ts'
import { signedWordsOf } from '../../../numerics/memory-views.ts'

/**
 * Masks hold a truth in each byte (`truth.ts`) and are a whole number of words long, so that four bars are combined at
 * once. A constant is a mask of one word that is read with step 0.
 */
export type MaskOperand = { readonly bytes: Uint8Array; readonly step: number }

const LOW_BITS = 0x01010101
const HIGH_BITS = 0x02020202
const BOTH_BITS = 0x03030303

/** Room for the truths of so many bars, which are to be written. */
export function createMask(length: number, memory: ColumnMemory): Uint8Array {
  return memory.bytes((length + 3) & ~3)
}

export function and(out: Uint8Array, a: MaskOperand, b: MaskOperand): void {
  const [words, x, y] = [signedWordsOf(out), signedWordsOf(a.bytes), signedWordsOf(b.bytes)]
  const { step: m } = a
  const { step: n } = b
  for (let i = 0; i < words.length; i++) words[i] = (x[i & m] as number) & (y[i & n] as number)
}

export function or(out: Uint8Array, a: MaskOperand, b: MaskOperand): void {
  const [words, x, y] = [signedWordsOf(out), signedWordsOf(a.bytes), signedWordsOf(b.bytes)]
  const { step: m } = a
  const { step: n } = b
  for (let i = 0; i < words.length; i++) words[i] = (x[i & m] as number) | (y[i & n] as number)
}

export function not(out: Uint8Array, { bytes, step }: MaskOperand): void {
  const [words, x] = [signedWordsOf(out), signedWordsOf(bytes)]
  for (let i = 0; i < words.length; i++) {
    const word = x[i & step] as number
    words[i] = BOTH_BITS ^ (((word & LOW_BITS) << 1) | ((word & HIGH_BITS) >>> 1))
  }
}

export function chooseTruths(
  out: Uint8Array,
  { bytes: which, step: w }: MaskOperand,
  { bytes: x, step: m }: MaskOperand,
  { bytes: y, step: n }: MaskOperand,
): void {
  for (let i = 0; i < out.length; i++) {
    const condition = which[i & w]
    if (condition === 3) out[i] = x[i & m] as number
    else out[i] = condition === 0 ? (y[i & n] as number) : 1
  }
}

/** 1 where a rule is true and 0 elsewhere, and at all bars before `ready`. */
export function firing(mask: Uint8Array, length: number, ready: number, memory: ColumnMemory): Uint8Array {
  const out = createMask(length, memory)
  const [words, truths] = [signedWordsOf(out), signedWordsOf(mask)]
  for (let i = 0; i < words.length; i++) words[i] = ((truths[i] as number) >>> 1) & LOW_BITS
  return out.fill(0, 0, ready).subarray(0, length)
}
