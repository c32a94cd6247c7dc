import type { Candles } from '../../market-data/candles.ts'
import type { Timeframe } from '../../market-data/timeframe.ts'
import { ColumnMemory } from '../../numerics/column-memory.ts'
import { type Column, type ColumnCache, createColumnCache } from './column-cache.ts'
import { evaluateNode } from './evaluate-node.ts'
import { baseFrame, type Frame, firstVisible, isWhole, type LargerFrame } from './frames.ts'
import type { FusedLoop } from './fused-loop.ts'
import { hasColumn } from './fusion.ts'
import { nodeKey } from './graph.ts'
import { createMask } from './kernels/logic.ts'
import { callOf } from './liveness.ts'
import { ownWarmUp } from './look-back.ts'
import { operandsOf } from './operands.ts'
import type { BarePlan, Operation, PlanNode } from './plan.ts'
import { type Preparation, prepare } from './preparation.ts'
import { isRecurrence, recurrenceOf } from './recurrences.ts'

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

export type EvaluationOptions = {
  cache?: ColumnCache
  keepsAll?: boolean
  fusesFrom?: number
  beforeNode?: () => void
}

/** Fewer bars are done before a loop is compiled. */
const FEWEST_TO_FUSE = 2_048

type Evaluating = {
  graph: readonly PlanNode[]
  calls: ReadonlyMap<string, readonly number[]>
  base: Frame
  cache: ColumnCache
  columns: (Column | null)[]
  ids: number[]
  /** First bar past the warm-up, in bars of the node's own timeframe. */
  firsts: number[]
  preparation: Preparation
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

/** The column of a node whose loop computes others too. */
function fusedColumn(
  { graph, columns }: Evaluating,
  position: number,
  loop: FusedLoop,
  { length, memory }: { length: number; memory: ColumnMemory },
): Column {
  const isTruth = graph[position]?.type === 'boolean'
  const out = isTruth ? createMask(length, memory) : memory.numbers(length)
  let begun = 0
  const numbers = loop.numbered.flatMap((node) => {
    const { numbers: own, inputs } = graph[node] as PlanNode
    const recurrence = recurrenceOf(graph[node] as PlanNode)
    if (!recurrence) return own
    const all = recurrence.numbers(columns[inputs[0] as number] as Float64Array, own[0] as number)
    begun = Math.max(begun, (all[0] as number) + 1)
    return all
  })
  const inputs = loop.columns.map((node) => columns[node] as Column)
  loop.run(length, Math.min(begun, length), out, inputs, numbers)
  return out
}

/** Whether every column that a recurrence may read is there from end to end. */
function areWhole({ graph }: BarePlan, { cache, base }: { cache: ColumnCache; base: Frame }): boolean {
  return graph.every((node) => {
    if (!isRecurrence(graph, node)) return true
    const { name, timeframe } = graph[node.inputs[0] as number] as PlanNode
    const frame = timeframe === null ? base : cache.frame(base, timeframe)
    return isWhole(frame.candles[name as keyof Candles])
  })
}

/** The columns of a node: of an indicator one for each output. */
function columnsOf(evaluating: Evaluating, position: number, shared: number, isKept: boolean): Column[] {
  const { cache, graph, columns, base, preparation } = evaluating
  const found = cache.find(shared)
  if (found !== undefined) return found
  const node = graph[position] as PlanNode
  const frame = frameOf(evaluating, node.timeframe)
  const larger: LargerFrame | null =
    node.operation === 'held' ? cache.frame(base, node.name as Timeframe) : null
  const operands = operandsOf(graph, columns, frame.length)
  const keeps = cache.keeps && isKept
  const memory = keeps ? new ColumnMemory() : cache.memory
  const loop = preparation.loops[position]
  const made = loop
    ? [fusedColumn(evaluating, position, loop, { length: frame.length, memory })]
    : evaluateNode(node, { frame, larger, operands, memory })
  if (keeps) cache.keep(shared, made)
  return made
}

/** Puts the outputs of an indicator where they are read, now and by later nodes. */
function place(
  { graph, columns, calls, cache }: Evaluating,
  position: number,
  made: readonly Column[],
): void {
  const node = graph[position] as PlanNode
  columns[position] = made[node.output] as Column
  if (made.length === 1) return
  // Only indicators have several columns.
  const call = callOf(node) as string
  for (const other of calls.get(call) as readonly number[]) {
    if (other > position) columns[other] = made[(graph[other] as PlanNode).output] as Column
  }
  for (const column of made) if (!columns.includes(column)) cache.memory.giveBack(column)
}

/** The nodes of each call of an indicator: one for each output that is read. */
function nodesByCall(graph: readonly PlanNode[]): Map<string, number[]> {
  const calls = new Map<string, number[]>()
  graph.forEach((node, position) => {
    const call = callOf(node)
    if (call === undefined) return
    const others = calls.get(call)
    if (others === undefined) calls.set(call, [position])
    else others.push(position)
  })
  return calls
}

function computeNode(evaluating: Evaluating, position: number): void {
  const { graph, columns, ids, firsts } = evaluating
  const node = graph[position] as PlanNode
  const { id, shared, isNew } = idsOf(evaluating, node)
  ids.push(id)
  firsts.push(firstOf(evaluating, node))
  if (
    node.readsPosition ||
    columns[position] !== null ||
    !hasColumn(evaluating.preparation.fusion.heads, position)
  )
    return
  const isKept = KEPT.has(node.operation) || (!isNew && node.inputs.length > 0)
  place(evaluating, position, columnsOf(evaluating, position, shared, isKept))
}

/** Gives up what was read for the last time; later nodes use its memory. */
function release({ columns, cache, preparation }: Evaluating, position: number): void {
  for (const node of preparation.released[position] as readonly number[]) {
    const column = columns[node]
    columns[node] = null
    if (column && !columns.includes(column)) cache.memory.giveBack(column)
  }
}

/**
 * Computes every node of a plan that does not depend on a position.
 * @param cache columns that other plans have computed; without one nothing is kept
 * @param keepsAll keep a column for each node, also what nothing reads any more
 * @param fusesFrom bars from which on nodes share loops
 * @param beforeNode called before each node; it may throw to end the evaluation
 */
export function evaluateGraph(
  plan: BarePlan,
  candles: Candles,
  {
    cache = createColumnCache(candles, 0),
    keepsAll = false,
    fusesFrom = FEWEST_TO_FUSE,
    beforeNode = () => {},
  }: EvaluationOptions = {},
): Evaluated {
  if (cache.candles !== candles) throw new Error('the columns are those of other candles')
  const { graph } = plan
  const base = baseFrame(candles, plan.timeframe)
  const columns: (Column | null)[] = graph.map(() => null)
  const fuses = !keepsAll && base.length >= fusesFrom
  // What other plans may want too is better kept as a column.
  const recurs = !cache.keeps && areWhole(plan, { cache, base })
  const preparation = prepare(plan, fuses, recurs)
  const calls = nodesByCall(graph)
  const evaluating: Evaluating = { graph, calls, base, cache, columns, ids: [], firsts: [], preparation }
  const { fusion } = preparation
  graph.forEach((_, position) => {
    beforeNode()
    computeNode(evaluating, position)
    if (keepsAll) return
    if (hasColumn(fusion.heads, position)) release(evaluating, position)
  })
  const firsts = evaluating.firsts.filter((_, position) => graph[position]?.timeframe === null)
  return { frame: base, columns, ready: Math.min(Math.max(0, ...firsts), base.length) }
}
