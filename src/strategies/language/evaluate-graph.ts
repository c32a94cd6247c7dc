import type { Candles } from '../../market-data/candles.ts'
import type { Timeframe } from '../../market-data/timeframe.ts'
import { type Column, type ColumnCache, createColumnCache } from './column-cache.ts'
import { evaluateNode } from './evaluate-node.ts'
import { baseFrame, type Frame, firstVisible, type LargerFrame } from './frames.ts'
import { nodeKey } from './graph.ts'
import { callOf, lastReaders } from './liveness.ts'
import { ownWarmUp } from './look-back.ts'
import { operandsOf } from './operands.ts'
import type { BarePlan, Operation, PlanNode } from './plan.ts'

/** Worth more to keep than to compute again, also where nobody else has asked for it yet. */
const KEPT: ReadonlySet<Operation> = new Set([
  'indicator',
  'held',
  'highest',
  'lowest',
  'count',
  'bars_since',
  'value_when',
  'close_time',
])

export type Evaluated = {
  frame: Frame
  /** By node; null where it depends on the position, or is read no more. Constants are one value, or one word, long. */
  columns: (Column | null)[]
  /** First bar at which everything is past its warm-up. */
  ready: number
}

type Evaluating = {
  graph: readonly PlanNode[]
  base: Frame
  cache: ColumnCache
  columns: (Column | null)[]
  ids: number[]
  /** First bar past the warm-up, in bars of the node's own timeframe. */
  firsts: number[]
}

function firstOf({ cache, base, firsts }: Evaluating, node: PlanNode): number {
  const first = Math.max(0, ...node.inputs.map((input) => firsts[input] as number)) + ownWarmUp(node)
  if (node.operation !== 'held') return first
  return firstVisible(cache.frame(base, node.name as Timeframe), first)
}

function frameOf({ base, cache }: Evaluating, timeframe: Timeframe | null): Frame {
  return timeframe === null ? base : cache.frame(base, timeframe)
}

/** The number of a node's subexpression: all outputs of an indicator are made at once, and share one. */
function idsOf({ cache, ids }: Evaluating, node: PlanNode): { id: number; shared: number; isNew: boolean } {
  const names = node.inputs.map((input) => ids[input] as number)
  const { id, isNew } = cache.idOf(nodeKey(node, names))
  if (node.operation !== 'indicator') return { id, shared: id, isNew }
  const { timeframe, name, numbers } = node
  return {
    id,
    shared: cache.idOf(`${timeframe} ${name} ${numbers.join(' ')} of ${names.join(' ')}`).id,
    isNew,
  }
}

/** The columns of a node: of an indicator one for each output. */
function columnsOf(evaluating: Evaluating, node: PlanNode, shared: number, isKept: boolean): Column[] {
  const { cache, graph, columns, base } = evaluating
  const found = cache.find(shared)
  if (found !== undefined) return found
  const frame = frameOf(evaluating, node.timeframe)
  const larger: LargerFrame | null =
    node.operation === 'held' ? cache.frame(base, node.name as Timeframe) : null
  const operands = operandsOf(graph, columns, frame.length)
  const made = evaluateNode(node, { frame, larger, operands, memory: cache.memory })
  if (isKept) cache.keep(shared, made)
  return made
}

/** Puts the outputs of an indicator where they are read, now and by later nodes. */
function place({ graph, columns }: Evaluating, position: number, made: readonly Column[]): void {
  const node = graph[position] as PlanNode
  columns[position] = made[node.output] as Column
  if (made.length === 1) return
  const call = callOf(node)
  for (let later = position + 1; later < graph.length; later++) {
    const other = graph[later] as PlanNode
    if (callOf(other) === call) columns[later] = made[other.output] as Column
  }
}

function computeNode(evaluating: Evaluating, position: number): void {
  const { graph, columns, ids, firsts } = evaluating
  const node = graph[position] as PlanNode
  const { id, shared, isNew } = idsOf(evaluating, node)
  ids.push(id)
  firsts.push(firstOf(evaluating, node))
  if (node.readsPosition || columns[position] !== null) return
  const isKept = KEPT.has(node.operation) || (!isNew && node.inputs.length > 0)
  place(evaluating, position, columnsOf(evaluating, node, shared, isKept))
}

/**
 * Computes every node of a plan that does not depend on a position.
 * @param cache columns that other plans have computed; without one nothing is kept
 * @param keepsAll keep also what nothing reads any more
 */
export function evaluateGraph(
  plan: BarePlan,
  candles: Candles,
  {
    cache = createColumnCache(candles, 0),
    keepsAll = false,
  }: { cache?: ColumnCache; keepsAll?: boolean } = {},
): Evaluated {
  if (cache.candles !== candles) throw new Error('the columns are those of other candles')
  const { graph } = plan
  const base = baseFrame(candles, plan.timeframe)
  const columns: (Column | null)[] = graph.map(() => null)
  const evaluating: Evaluating = { graph, base, cache, columns, ids: [], firsts: [] }
  const last = lastReaders(plan)
  graph.forEach(({ inputs }, position) => {
    computeNode(evaluating, position)
    if (keepsAll) return
    for (const input of inputs) if (last[input] === position) columns[input] = null
  })
  const firsts = evaluating.firsts.filter((_, position) => graph[position]?.timeframe === null)
  return { frame: base, columns, ready: Math.min(Math.max(0, ...firsts), base.length) }
}
