import type { Column } from './column-cache.ts'
import type { Operand } from './kernels/arithmetic.ts'
import type { MaskOperand } from './kernels/logic.ts'
import type { PlanNode } from './plan.ts'

/** Reads the columns of nodes that are computed already. */
export type Operands = {
  numbers(node: number): Operand
  truths(node: number): MaskOperand
  /** A column of full length, also of a constant. */
  allNumbers(node: number): Float64Array
  allTruths(node: number): Uint8Array
}

/** @param length bars of the columns that are not constant */
export function operandsOf(
  graph: readonly PlanNode[],
  columns: readonly (Column | null)[],
  length: number,
): Operands {
  // Constants are columns of one value, or masks of one word.
  const stepOf = (node: number) => ((graph[node] as PlanNode).operation === 'constant' ? 0 : -1)
  const numbers = (node: number) => ({ values: columns[node] as Float64Array, step: stepOf(node) })
  const truths = (node: number) => ({ bytes: columns[node] as Uint8Array, step: stepOf(node) })
  return {
    numbers,
    truths,
    allNumbers(node) {
      const { values, step } = numbers(node)
      return step === 0 ? new Float64Array(length).fill(values[0] as number) : values
    },
    allTruths(node) {
      const { bytes, step } = truths(node)
      return step === 0 ? new Uint8Array((length + 3) & ~3).fill(bytes[0] as number) : bytes
    },
  }
}
