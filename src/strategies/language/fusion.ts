import type { BarePlan, Operation, PlanNode } from './plan.ts'
import { rootsOf } from './plan-form.ts'
import { isRecurrence } from './recurrences.ts'

/** What is computed from the same bar, or that and the one before, and needs no function of ours. */
const FUSABLE: ReadonlySet<Operation> = new Set([
  'add',
  'subtract',
  'multiply',
  'divide',
  'minimum',
  'maximum',
  'negate',
  'absolute',
  'square_root',
  'less',
  'less_or_equal',
  'equal',
  'not_equal',
  'crosses_above',
  'and',
  'or',
  'not',
  'choose',
])

/** Larger loops than these run out of registers, and hold more columns at once than they save. */
const MOST_NODES = 24
const MOST_INPUTS = 8
/** A recurrence that waits for itself costs little beside another: computed twice it is still cheaper than a column. */
const MOST_LOOPS = 2

export type Fusion = {
  /** By node, the nodes in whose loops it is computed: itself where it has a column. */
  heads: readonly (readonly number[])[]
  /** By node with a column: what its loop computes, in order, itself last. */
  groups: readonly (readonly number[])[]
}

export type Fusing = {
  /** Whether indicators that are recurrences may be computed in the loops that read them. */
  recurs: boolean
}

type Planned = Pick<BarePlan, 'graph' | 'long' | 'short' | 'rank'>

/** Every node by itself. */
export function noFusion({ graph }: Pick<BarePlan, 'graph'>): Fusion {
  const alone = graph.map((_, node) => [node])
  return { heads: alone, groups: alone }
}

/**
 * What is computed in one loop. A value that only such a loop reads needs no column, which saves the way to the memory
 * and back.
 */
export function fusionOf(plan: Planned, { recurs }: Fusing): Fusion {
  const { graph } = plan
  const heads: number[][] = graph.map((_, node) => [node])
  const groups: number[][] = graph.map((_, node) => [node])
  const inputs = graph.map((node) => new Set(node.inputs))
  const readers = readersOf(graph)
  const roots = new Set(rootsOf(plan))
  for (let node = graph.length - 1; node >= 0; node--) {
    const own = graph[node] as PlanNode
    const recurrent = recurs && isRecurrence(graph, own)
    if (roots.has(node) || !(isFusable(own) || recurrent)) continue
    const reading = readers[node] as number[]
    if (!reading.every((reader) => sharesLoop(graph[reader] as PlanNode, own))) continue
    const loops = [...new Set(reading.flatMap((reader) => heads[reader] as number[]))]
    if (loops.length === 0 || loops.length > (recurrent ? MOST_LOOPS : 1)) continue
    const widened = loops.map((loop) => new Set([...(inputs[loop] as Set<number>), ...own.inputs]))
    const fits = loops.every((loop, at) => {
      return (
        (groups[loop] as number[]).length < MOST_NODES && (widened[at] as Set<number>).size <= MOST_INPUTS + 1
      )
    })
    if (!fits) continue
    for (const [at, loop] of loops.entries()) {
      widened[at]?.delete(node)
      inputs[loop] = widened[at] as Set<number>
      groups[loop]?.unshift(node)
    }
    heads[node] = loops
  }
  return { heads, groups }
}

/** Whether a node has a column of its own. */
export function hasColumn(heads: Fusion['heads'], node: number): boolean {
  return heads[node]?.[0] === node
}

function isFusable({ operation, readsPosition }: PlanNode): boolean {
  return FUSABLE.has(operation) && !readsPosition
}

function sharesLoop(reader: PlanNode, read: PlanNode): boolean {
  return isFusable(reader) && reader.timeframe === read.timeframe
}

function readersOf(graph: readonly PlanNode[]): number[][] {
  const readers: number[][] = graph.map(() => [])
  graph.forEach(({ inputs }, reader) => {
    for (const input of inputs) readers[input]?.push(reader)
  })
  return readers
}
