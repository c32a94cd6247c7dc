import { nodeKey } from './graph.ts'
import type { BarePlan, LevelPlan, OrderPlan, PlanNode, PlannedRule, RulePart, SidePlan } from './plan.ts'

type Renumber = (node: number) => number

function levelNodes(level: LevelPlan | null): number[] {
  return level === null || level.type === 'percent' ? [] : [level.node]
}

function sideNodes(side: SidePlan | null): number[] {
  if (side === null) return []
  return [
    side.entry,
    ...(side.exit === null ? [] : [side.exit]),
    ...(side.order.type === 'market' ? [] : [side.order.node]),
    ...levelNodes(side.stopLoss),
    ...side.takeProfit.flatMap(({ level }) => levelNodes(level)),
    ...levelNodes(side.trailingStop),
  ]
}

/** The nodes that are read for themselves. */
export function rootsOf({ long, short, rank }: Pick<BarePlan, 'long' | 'short' | 'rank'>): number[] {
  return [...sideNodes(long), ...sideNodes(short), ...(rank === null ? [] : [rank])]
}

/** The nodes that something reads, with those that they read. */
function neededNodes(graph: readonly PlanNode[], roots: readonly number[]): Set<number> {
  const needed = new Set(roots)
  // Inputs come before what reads them, so one way back meets them all.
  for (let node = graph.length - 1; node >= 0; node--) {
    if (needed.has(node)) for (const input of (graph[node] as PlanNode).inputs) needed.add(input)
  }
  return needed
}

function renumberedLevel(level: LevelPlan, at: Renumber): LevelPlan {
  return level.type === 'percent' ? level : { ...level, node: at(level.node) }
}

function renumberedOrder(order: OrderPlan, at: Renumber): OrderPlan {
  return order.type === 'market' ? order : { ...order, node: at(order.node) }
}

function renumberedSide(side: SidePlan, at: Renumber): SidePlan {
  const level = (found: LevelPlan | null) => (found === null ? null : renumberedLevel(found, at))
  return {
    entry: at(side.entry),
    exit: side.exit === null ? null : at(side.exit),
    order: renumberedOrder(side.order, at),
    stopLoss: level(side.stopLoss),
    takeProfit: side.takeProfit.map((target) => ({ ...target, level: renumberedLevel(target.level, at) })),
    trailingStop: level(side.trailingStop),
  }
}

function renumberedPart<T extends RulePart>(part: T, at: Renumber): T {
  return { ...part, node: at(part.node), parts: part.parts.map((inner) => renumberedPart(inner, at)) }
}

/** Leaves out what folding and windows left behind, and counts the rest. */
export function compactPlan(
  plan: BarePlan,
  rules: readonly PlannedRule[],
): BarePlan & { rules: PlannedRule[] } {
  const { graph, long, short, rank } = plan
  const needed = neededNodes(graph, rootsOf(plan))
  const kept = graph.map((_, node) => node).filter((node) => needed.has(node))
  const positions = new Map(kept.map((node, position) => [node, position]))
  const at: Renumber = (node) => positions.get(node) as number
  return {
    ...plan,
    nodes: kept.length,
    graph: kept.map((node) => {
      const found = graph[node] as PlanNode
      return { ...found, inputs: found.inputs.map(at) }
    }),
    long: long === null ? null : renumberedSide(long, at),
    short: short === null ? null : renumberedSide(short, at),
    rank: rank === null ? null : at(rank),
    rules: rules.map((rule) => renumberedPart(rule, at)),
  }
}

/** Changes with what the language means by the same plan, so that old results are not taken for new ones. */
const LANGUAGE_VERSION = 1

/** All that decides on the outcome, as text that is equal where it is. */
export function canonicalPlan({ timeframe, graph, long, short, rank, sizing, limits }: BarePlan): string {
  const nodes = graph.map((node) => nodeKey(node, node.inputs))
  return JSON.stringify({ language: LANGUAGE_VERSION, timeframe, nodes, long, short, rank, sizing, limits })
}
