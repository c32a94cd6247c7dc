import { ln } from '../../numerics/ln.ts'
import type { BarOperation } from './plan.ts'
import { FALSE, negated, TRUE, UNKNOWN } from './truth.ts'

/** What is no finite number is none: infinities become NaN. */
function finite(value: number): number {
  return value + value * 0
}

/** Unknown where neither a comparison nor its opposite holds, which is where a number is none. */
function compared(isTrue: boolean, isFalse: boolean): number {
  if (isTrue) return TRUE
  return isFalse ? FALSE : UNKNOWN
}

/** What each operation gives for one bar. Truths are numbers too: `truth.ts`. */
export const BAR_OPERATIONS: Record<BarOperation, (a: number, b: number, c: number) => number> = {
  add: (a, b) => finite(a + b),
  subtract: (a, b) => finite(a - b),
  multiply: (a, b) => finite(a * b),
  divide: (a, b) => finite(a / b),
  minimum: (a, b) => Math.min(a, b),
  maximum: (a, b) => Math.max(a, b),
  negate: (a) => -a,
  absolute: (a) => Math.abs(a),
  square_root: (a) => Math.sqrt(a),
  logarithm: (a) => finite(ln(a)),
  less: (a, b) => compared(a < b, a >= b),
  less_or_equal: (a, b) => compared(a <= b, a > b),
  equal: (a, b) => compared(a === b, a < b || a > b),
  not_equal: (a, b) => compared(a < b || a > b, a === b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  not: (a) => negated(a),
  choose: (condition, a, b) => {
    if (condition === UNKNOWN) return Number.NaN
    return condition === TRUE ? a : b
  },
}

/** The same between two conditions: unknown where it is unknown which of them counts. */
export function chooseTruth(condition: number, a: number, b: number): number {
  if (condition === UNKNOWN) return UNKNOWN
  return condition === TRUE ? a : b
}

export function isBarOperation(operation: string): operation is BarOperation {
  return Object.hasOwn(BAR_OPERATIONS, operation)
}
