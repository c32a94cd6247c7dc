/**
 * Kleene's three truths in two bits, so that `and` and `or` are the bits' own: false has none, true has both, and of
 * an unknown one only the lower. Masks of the language hold these; what leaves it is 1 for true and 0 otherwise.
 */
export const FALSE = 0
export const UNKNOWN = 1
export const TRUE = 3

export function negated(truth: number): number {
  return 3 ^ (((truth & 1) << 1) | (truth >>> 1))
}
