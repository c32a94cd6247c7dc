import type { PositionRule, PositionValues } from '../signals.ts'
import { BAR_OPERATIONS, chooseTruth } from './bar-operations.ts'
import type { Evaluated } from './evaluate-graph.ts'
import type { PositionValueName } from './names.ts'
import type { BarOperation, PlanNode } from './plan.ts'
import { TRUE } from './truth.ts'

type Read = (bar: number, position: PositionValues) => number

const POSITION_READERS: Record<PositionValueName, Read> = {
  entry_price: (_, position) => position.entryPrice,
  bars_in_position: (_, position) => position.barsInPosition,
  position_return: (_, position) => position.positionReturn,
  highest_since_entry: (_, position) => position.highestSinceEntry,
  lowest_since_entry: (_, position) => position.lowestSinceEntry,
}

/** What reads a node's value at a bar with a position: a column where it can, an operation on such where it must. */
export function readerOf(
  graph: readonly PlanNode[],
  { columns }: Pick<Evaluated, 'columns'>,
  node: number,
): Read {
  const { operation, type, inputs, name, readsPosition } = graph[node] as PlanNode
  if (!readsPosition) {
    const column = columns[node] as Float64Array | Uint8Array
    const step = operation === 'constant' ? 0 : -1
    return (bar) => column[bar & step] as number
  }
  if (operation === 'position') return POSITION_READERS[name as PositionValueName]
  const isTruth = operation === 'choose' && type === 'boolean'
  const compute = isTruth ? chooseTruth : BAR_OPERATIONS[operation as BarOperation]
  const reads = inputs.map((input) => readerOf(graph, { columns }, input))
  const [a, b, c] = reads as [Read, Read, Read]
  if (reads.length === 1) return (bar, position) => compute(a(bar, position), 0, 0)
  if (reads.length === 2) return (bar, position) => compute(a(bar, position), b(bar, position), 0)
  return (bar, position) => compute(a(bar, position), b(bar, position), c(bar, position))
}

/** An exit rule that depends on the position, to be asked bar by bar. */
export function positionRule(graph: readonly PlanNode[], evaluated: Evaluated, node: number): PositionRule {
  const read = readerOf(graph, evaluated, node)
  const { ready } = evaluated
  return (bar, position) => bar >= ready && read(bar, position) === TRUE
}
